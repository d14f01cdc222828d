import {
  bucketRange,
  HISTOGRAM_LINEAR_BITS,
  HISTOGRAM_TOP_BIT,
  type HistogramBounds,
  histogramCount,
  histogramMean,
  type SparseHistogram,
} from '../stats/histogram.js';

const PS_PER_NS = 1000;
/** Lines per halving of the distance to 100 %, as HdrHistogram's own tools have it. */
const TICKS_PER_HALF_DISTANCE = 5;
/** In the words of HdrHistogram, whose first bucket has twice as many parts as the others add. */
const SUB_BUCKETS = 2 ** (HISTOGRAM_LINEAR_BITS + 1);
const BUCKETS = HISTOGRAM_TOP_BIT - HISTOGRAM_LINEAR_BITS;

/**
 * A histogram in the text form that HdrHistogram's plotters read (`outputPercentileDistribution`
 * of HdrHistogram, http://hdrhistogram.org): values in nanoseconds, each the largest that its
 * bucket holds (at most 0.8 % above the sample), with percentile, number of samples up to it and
 * 1/(1 - percentile). Mean and deviation take every sample at its bucket's middle; the maximum is
 * exact where `bounds` are given.
 */
export function renderHgrm(histogram: SparseHistogram, bounds: HistogramBounds | null): string {
  const total = histogramCount(histogram);
  const maxNs = (bounds?.maxPs ?? highest(histogram)) / PS_PER_NS;
  const lines = percentileLines(histogram, total).map(({ ps, percentile, upTo }) => {
    const value = Math.min(ps / PS_PER_NS, maxNs);
    const share = percentile / 100;
    const inverse = share < 1 ? ` ${(1 / (1 - share)).toFixed(2).padStart(14)}` : '';
    return `${fixed(value)} ${share.toFixed(12)} ${String(upTo).padStart(10)}${inverse}`;
  });
  const mean = (histogramMean(histogram) ?? 0) / PS_PER_NS;
  const deviation = deviationPs(histogram, total) / PS_PER_NS;
  return [
    `${'Value'.padStart(12)} ${'Percentile'.padStart(14)} ${'TotalCount'.padStart(10)} ${'1/(1-Percentile)'.padStart(14)}`,
    '',
    ...lines,
    `#[Mean    = ${fixed(mean)}, StdDeviation   = ${fixed(deviation)}]`,
    `#[Max     = ${fixed(maxNs)}, Total count    = ${String(total).padStart(12)}]`,
    `#[Buckets = ${String(BUCKETS).padStart(12)}, SubBuckets     = ${String(SUB_BUCKETS).padStart(12)}]`,
    '',
  ].join('\n');
}

interface PercentileLine {
  readonly ps: number;
  /** 0 to 100. */
  readonly percentile: number;
  /** Samples up to and with this bucket. */
  readonly upTo: number;
}

/** Steps of the percentile that halve, on and on, the distance to 100. */
function percentileLines(histogram: SparseHistogram, total: number): PercentileLine[] {
  const lines: PercentileLine[] = [];
  let level = 0;
  let upTo = 0;
  histogram.indexes.forEach((index, i) => {
    upTo += histogram.counts[i] ?? 0;
    const ps = bucketRange(index).high - 1;
    const reached = (100 * upTo) / total;
    while (level <= reached && level < 100) {
      lines.push({ ps, percentile: level, upTo });
      const halvings = Math.floor(Math.log2(100 / (100 - level))) + 1;
      level += 100 / (TICKS_PER_HALF_DISTANCE * 2 ** halvings);
      // Beyond the last sample every level would give the same line, without end.
      if (upTo === total) break;
    }
  });
  return [...lines, { ps: highest(histogram), percentile: 100, upTo: total }];
}

function highest({ indexes }: SparseHistogram): number {
  const last = indexes.at(-1);
  return last === undefined ? 0 : bucketRange(last).high - 1;
}

function deviationPs(histogram: SparseHistogram, total: number): number {
  const mean = histogramMean(histogram);
  if (mean === null) return 0;
  const squares = histogram.indexes.map((index, i) => {
    const { low, high } = bucketRange(index);
    return (histogram.counts[i] ?? 0) * ((low + high - 1) / 2 - mean) ** 2;
  });
  return Math.sqrt(squares.reduce((a, b) => a + b, 0) / total);
}

function fixed(value: number): string {
  return value.toFixed(3).padStart(12);
}
