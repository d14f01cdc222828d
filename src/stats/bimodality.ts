import { bucketRange, type SparseHistogram } from './histogram.js';

/**
 * Whether samples come from two levels rather than one: a peer on the same core or
 * on another, a page in the cache or not. The median then says where the middle is,
 * where nothing may be.
 *
 * The density of the logarithms is drawn (Gaussian kernel, Silverman's width,
 * Density Estimation, 1986, 3.4.2), and peaks are sought in it. Two are modes when
 * each side of the valley between them holds a tenth of the samples or more, when the valley's
 * floor is at most half as high as the lower of the two, and when fewer samples are there than chance
 * would leave of a peak (five standard errors). On the scale of logarithms a long
 * tail is a slope and not a second peak, so that skewness doesn't count.
 *
 * Not used: the bimodality coefficient, (skewness² + 1) / kurtosis above 5/9, calls
 * every strongly skewed distribution bimodal, and durations are skewed (Pfister et al.,
 * "Good Things Peak in Pairs", Frontiers in Psychology 4, 2013); Hartigan's dip test
 * finds with many samples any ripple, however small, and the clock's steps.
 */
export interface Bimodality {
  readonly bimodal: boolean;
  /** Where the modes are, rising, in the samples' unit; one or more. */
  readonly modes: readonly number[];
  /** Share of the samples that belongs to each mode, from valley to valley. */
  readonly shares: readonly number[];
  /** Where the deepest valley between modes is, in the samples' unit; null without one. */
  readonly valley: number | null;
}

export interface BimodalityOptions {
  /** Smallest step between two possible values, in their unit; what is finer is smoothed away. */
  readonly resolution?: number;
}

/** Samples below which a valley may be chance. */
export const BIMODALITY_MIN_SAMPLES = 100;

const GRID = 512;
const LEAST_SHARE = 0.1;
const DEEPEST_VALLEY = 0.5;
const ERRORS_OF_CHANCE = 5;
/** The kernel is cut off at so many widths. */
const KERNEL_REACH = 4;

/** A value and how many samples have it. */
interface Weighted {
  readonly value: number;
  readonly count: number;
}

/**
 * Looks for modes among samples; those of 0 or less have no logarithm and are left out.
 *
 * @param samples in any order, finite
 * @returns null below `BIMODALITY_MIN_SAMPLES`
 */
export function bimodality(
  samples: ArrayLike<number>,
  options: BimodalityOptions = {},
): Bimodality | null {
  const points = Array.from(samples, (value) => ({ value, count: 1 }));
  return bimodalityOf(points, options.resolution ?? 0);
}

/**
 * Looks for modes in a histogram, in ps as its buckets are. A bucket's samples count as at its
 * middle; its width is the least resolution.
 *
 * @returns null below `BIMODALITY_MIN_SAMPLES`
 */
export function bimodalityOfHistogram(
  { indexes, counts }: SparseHistogram,
  options: BimodalityOptions = {},
): Bimodality | null {
  const ranges = indexes.map(bucketRange);
  const points = ranges.map(({ low, high }, i) => ({
    value: (low + high) / 2,
    count: counts[i] as number,
  }));
  const widths = ranges.map(({ low, high }) => high - low).sort((a, b) => a - b);
  const width = widths[Math.floor(widths.length / 2)] ?? 0;
  return bimodalityOf(points, Math.max(options.resolution ?? 0, width));
}

function bimodalityOf(all: readonly Weighted[], resolution: number): Bimodality | null {
  const points = all.filter(({ value }) => value > 0).sort((a, b) => a.value - b.value);
  const total = points.reduce((sum, { count }) => sum + count, 0);
  if (total < BIMODALITY_MIN_SAMPLES) return null;
  const middle = at(points, total, 0.5);
  const logs = points.map(({ value, count }) => ({ value: Math.log(value), count }));
  const width = Math.max(silverman(logs, total), resolution / middle);
  // One value, or a spread that is all rounding.
  if (!(width > 1e-9)) return one(middle);
  const curve = density(logs, width);
  const modes = significant(curve, total, width);
  if (modes.length < 2) return one(Math.exp(gridValue(curve, highest(curve))));
  return described(modes, curve, logs, total);
}

function one(mode: number): Bimodality {
  return { bimodal: false, modes: [mode], shares: [1], valley: null };
}

/** A density over evenly spaced points. */
interface Curve {
  readonly start: number;
  readonly step: number;
  /** Samples per step: they sum to all of them. */
  readonly heights: Float64Array;
}

/** A peak and the lowest point between it and the next one. */
interface Mode {
  readonly peak: number;
  readonly valleyAfter: number | null;
}

function density(logs: readonly Weighted[], width: number): Curve {
  // The outermost hundredths are stretched far and hold no mode of a tenth.
  const total = logs.reduce((sum, { count }) => sum + count, 0);
  const low = at(logs, total, 0.01) - KERNEL_REACH * width;
  const high = at(logs, total, 0.99) + KERNEL_REACH * width;
  const points = Math.min(8 * GRID, Math.max(GRID, Math.ceil((4 * (high - low)) / width)));
  const step = (high - low) / (points - 1);
  const binned = new Float64Array(points);
  for (const { value, count } of logs) {
    const bin = Math.round((value - low) / step);
    if (bin >= 0 && bin < points) binned[bin] = (binned[bin] as number) + count;
  }
  return { start: low, step, heights: smoothed(binned, width / step) };
}

function smoothed(binned: Float64Array, width: number): Float64Array {
  const reach = Math.ceil(KERNEL_REACH * width);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-(((i - reach) / width) ** 2) / 2),
  );
  const sum = kernel.reduce((a, b) => a + b, 0);
  const heights = new Float64Array(binned.length);
  binned.forEach((count, bin) => {
    if (count === 0) return;
    kernel.forEach((weight, i) => {
      const to = bin + i - reach;
      if (to < 0 || to >= heights.length) return;
      heights[to] = (heights[to] as number) + (count * weight) / sum;
    });
  });
  return heights;
}

/** All peaks, then those that are no modes merged into their higher neighbour, shallowest valley first. */
function significant(curve: Curve, total: number, width: number): Mode[] {
  const { heights } = curve;
  // A kernel counts about so many steps' worth of samples.
  const window = (width / curve.step) * 2 * Math.sqrt(Math.PI);
  let peaks = localPeaks(heights);
  for (;;) {
    const valleys = peaks
      .slice(1)
      .map((peak, i) => lowestBetween(heights, peaks[i] as number, peak));
    const weak = valleys.flatMap((valley, i) => {
      const [left, right] = [peaks[i] as number, peaks[i + 1] as number];
      const [floor, lower] = [
        heights[valley] as number,
        Math.min(heights[left] as number, heights[right] as number),
      ];
      const chance = ERRORS_OF_CHANCE * Math.sqrt((lower + floor) * window);
      const deep = floor <= DEEPEST_VALLEY * lower && (lower - floor) * window > chance;
      const massive = sharesBetween(heights, valleys).every(
        (share, mode) => (mode !== i && mode !== i + 1) || share >= LEAST_SHARE * total,
      );
      return deep && massive ? [] : [{ i, depth: floor / lower, left, right }];
    });
    if (weak.length === 0) {
      return peaks.map((peak, i) => ({ peak, valleyAfter: valleys[i] ?? null }));
    }
    const { left, right } = weak.reduce((a, b) => (b.depth > a.depth ? b : a));
    const goes = (heights[left] as number) < (heights[right] as number) ? left : right;
    peaks = peaks.filter((peak) => peak !== goes);
  }
}

function localPeaks(heights: Float64Array): number[] {
  const peaks: number[] = [];
  let rising = true;
  for (let i = 1; i < heights.length; i++) {
    const up = (heights[i] as number) > (heights[i - 1] as number);
    if (rising && (heights[i] as number) < (heights[i - 1] as number)) peaks.push(i - 1);
    if (up || (heights[i] as number) < (heights[i - 1] as number)) rising = up;
  }
  return peaks;
}

function lowestBetween(heights: Float64Array, from: number, to: number): number {
  let lowest = from;
  for (let i = from; i <= to; i++) {
    if ((heights[i] as number) < (heights[lowest] as number)) lowest = i;
  }
  return lowest;
}

/** Samples from valley to valley. */
function sharesBetween(heights: Float64Array, valleys: readonly number[]): number[] {
  const ends = [...valleys, heights.length];
  return ends.map((end, i) =>
    heights.subarray(i === 0 ? 0 : (ends[i - 1] as number), end).reduce((a, b) => a + b, 0),
  );
}

function described(
  modes: readonly Mode[],
  curve: Curve,
  logs: readonly Weighted[],
  total: number,
): Bimodality {
  const valleys = modes.flatMap(({ valleyAfter }) => (valleyAfter === null ? [] : [valleyAfter]));
  const bounds = [...valleys.map((valley) => gridValue(curve, valley)), Number.POSITIVE_INFINITY];
  const shares = bounds.map((bound, i) => {
    const from = i === 0 ? Number.NEGATIVE_INFINITY : (bounds[i - 1] as number);
    const inside = logs.filter(({ value }) => value > from && value <= bound);
    return inside.reduce((sum, { count }) => sum + count, 0) / total;
  });
  const deepest = valleys.reduce((a, b) =>
    (curve.heights[b] as number) < (curve.heights[a] as number) ? b : a,
  );
  return {
    bimodal: true,
    modes: modes.map(({ peak }) => Math.exp(gridValue(curve, peak))),
    shares,
    valley: Math.exp(gridValue(curve, deepest)),
  };
}

function highest({ heights }: Curve): number {
  return heights.reduce((best, height, i) => (height > (heights[best] as number) ? i : best), 0);
}

function gridValue({ start, step }: Curve, index: number): number {
  return start + index * step;
}

/** Silverman's width: 0.9 min(s, IQR / 1.34) n^(-1/5). */
function silverman(logs: readonly Weighted[], total: number): number {
  const mean = logs.reduce((sum, { value, count }) => sum + value * count, 0) / total;
  const squares = logs.reduce((sum, { value, count }) => sum + count * (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (total - 1));
  const range = (at(logs, total, 0.75) - at(logs, total, 0.25)) / 1.34;
  // An IQR of 0: more than half have one value, and the deviation is of the rest.
  const spread = range > 0 ? Math.min(deviation, range) : deviation;
  return 0.9 * spread * total ** -0.2;
}

/** The value below which a share of the samples lies; points in rising order. */
function at(points: readonly Weighted[], total: number, share: number): number {
  let below = 0;
  for (const { value, count } of points) {
    below += count;
    if (below >= share * total) return value;
  }
  return points.at(-1)?.value ?? Number.NaN;
}
