import { quantileSorted } from './quantile.js';

/**
 * The log-linear histogram of native/include/results_page.h, read side.
 *
 * Values are whole picoseconds per operation. Below 2^7 each value has a bucket
 * of its own; above, every power of two is cut into 2^7 equal parts, so that no
 * bucket is wider than 1/128 (0.8 %) of its values. The last bucket also takes
 * everything from 2^48 ps on.
 */

/** log2 of the number of buckets per power of two. */
export const HISTOGRAM_LINEAR_BITS = 7;
/** Values from 2 to this power, in ps, all land in the last bucket. */
export const HISTOGRAM_TOP_BIT = 48;
/** Number of buckets. */
export const HISTOGRAM_BUCKETS =
  (HISTOGRAM_TOP_BIT - HISTOGRAM_LINEAR_BITS + 1) * 2 ** HISTOGRAM_LINEAR_BITS;

const PARTS = 2 ** HISTOGRAM_LINEAR_BITS;

/** Occupied buckets only, in rising order of their numbers. */
export interface SparseHistogram {
  readonly indexes: readonly number[];
  /** Samples in each, at least 1. */
  readonly counts: readonly number[];
}

/** What is known exactly beside the histogram; quantiles are kept within it. Both in ps. */
export interface HistogramBounds {
  readonly minPs: number;
  readonly maxPs: number;
}

/**
 * The number of the bucket that holds a value.
 *
 * @param ps picoseconds per operation, at least 0; fractions count as the whole number below
 * @throws RangeError for a negative value or NaN
 */
export function bucketOf(ps: number): number {
  if (!(ps >= 0)) throw new RangeError(`a histogram holds durations from 0 ps, not ${ps}`);
  if (ps >= 2 ** HISTOGRAM_TOP_BIT) return HISTOGRAM_BUCKETS - 1;
  const whole = Math.floor(ps);
  if (whole < PARTS) return whole;
  const octave = exponentOf(whole) - HISTOGRAM_LINEAR_BITS;
  const part = Math.floor(whole / 2 ** octave) - PARTS;
  return (octave + 1) * PARTS + part;
}

/**
 * The values [low, high) of a bucket, in ps. For the last bucket `high` is 2^48
 * although it takes larger values too.
 *
 * @throws RangeError for a number that no bucket has
 */
export function bucketRange(index: number): { readonly low: number; readonly high: number } {
  if (!Number.isInteger(index) || index < 0 || index >= HISTOGRAM_BUCKETS) {
    throw new RangeError(`histogram buckets are 0 to ${HISTOGRAM_BUCKETS - 1}, not ${index}`);
  }
  if (index < PARTS) return { low: index, high: index + 1 };
  const width = 2 ** (Math.floor(index / PARTS) - 1);
  const low = (PARTS + (index % PARTS)) * width;
  return { low, high: low + width };
}

/** Number of samples. */
export function histogramCount(histogram: SparseHistogram): number {
  return histogram.counts.reduce((total, count) => total + count, 0);
}

/**
 * The mean in ps, every sample taken at its bucket's middle: within 0.4 % of
 * the exact mean. Null for an empty histogram.
 */
export function histogramMean(histogram: SparseHistogram): number | null {
  let count = 0;
  let sum = 0;
  histogram.indexes.forEach((index, i) => {
    const samples = histogram.counts[i] ?? 0;
    const { low, high } = bucketRange(index);
    // The samples are whole picoseconds: the largest one in the bucket is high - 1.
    sum += (samples * (low + high - 1)) / 2;
    count += samples;
  });
  return count === 0 ? null : sum / count;
}

/** All samples of several histograms in one. */
export function mergeHistograms(histograms: Iterable<SparseHistogram>): SparseHistogram {
  const totals = new Map<number, number>();
  for (const histogram of histograms) {
    histogram.indexes.forEach((index, i) => {
      totals.set(index, (totals.get(index) ?? 0) + (histogram.counts[i] ?? 0));
    });
  }
  const entries = [...totals].sort(([a], [b]) => a - b);
  return { indexes: entries.map(([index]) => index), counts: entries.map(([, count]) => count) };
}

/**
 * The p-quantile in ps, by the definition of `quantile.ts`, with the samples of
 * a bucket taken as spread evenly over it: never further from the quantile of
 * the samples themselves than one bucket's width, 0.8 %.
 *
 * @param p from 0 to 1
 * @param bounds exact extremes, when known
 * @returns null for an empty histogram
 * @throws RangeError when p is outside 0..1
 */
export function histogramQuantile(
  histogram: SparseHistogram,
  p: number,
  bounds?: HistogramBounds,
): number | null {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a quantile wants p from 0 to 1, not ${p}`);
  const count = histogramCount(histogram);
  if (count === 0) return null;
  const position = (count - 1) * p;
  const below = Math.floor(position);
  const neighbours = [orderStatistic(histogram, below)];
  if (position > below) neighbours.push(orderStatistic(histogram, below + 1));
  const value = quantileSorted(neighbours, position - below);
  return bounds === undefined ? value : Math.min(Math.max(value, bounds.minPs), bounds.maxPs);
}

/** The estimated rank-th smallest sample (from 0), in ps. */
function orderStatistic(histogram: SparseHistogram, rank: number): number {
  let before = 0;
  for (let i = 0; i < histogram.indexes.length; i++) {
    const samples = histogram.counts[i] ?? 0;
    if (rank < before + samples) {
      const { low, high } = bucketRange(histogram.indexes[i] as number);
      return low + ((high - 1 - low) * (rank - before + 0.5)) / samples;
    }
    before += samples;
  }
  throw new RangeError(`a histogram of ${before} samples has no sample ${rank}`);
}

/** floor(log2(value)) for a whole number from 1 to 2^53, without rounding errors. */
function exponentOf(value: number): number {
  const upper = Math.floor(value / 0x1_0000_0000);
  return upper > 0 ? 63 - Math.clz32(upper) : 31 - Math.clz32(value);
}
