import { bucketOf, bucketRange, histogramQuantile } from '../stats/histogram.js';
import type { CellHistogram } from './histogram-cells.js';

/** Shares of the samples at which the percentile spectrum is told, as far as they carry it. */
const SPECTRUM = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 0.999999];

/** One line of a percentile spectrum. */
export interface SpectrumLine {
  /** 0 to 100. */
  readonly percentile: number;
  /** 1 / (1 - p): one sample in so many is slower. Null at 100. */
  readonly one_in: number | null;
  readonly ns: number;
}

/** The percentiles that so many samples can tell, and the slowest. */
export function spectrum(source: CellHistogram): SpectrumLine[] {
  const told = SPECTRUM.filter((p) => p === 0 || 1 / (1 - p) <= source.samples * (1 + 1e-9));
  const lines = told.map((p) => ({
    percentile: Number((p * 100).toFixed(6)),
    one_in: Number((1 / (1 - p)).toFixed(3)),
    ns: quantileNs(source, p),
  }));
  return [...lines, { percentile: 100, one_in: null, ns: quantileNs(source, 1) }];
}

/** Five figures of a box plot, in ns. */
export interface Box {
  readonly p1: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p99: number;
}

export function boxOf(source: CellHistogram): Box {
  const [p1, p25, p50, p75, p99] = [0.01, 0.25, 0.5, 0.75, 0.99].map((p) =>
    quantileNs(source, p),
  ) as [number, number, number, number, number];
  return { p1, p25, p50, p75, p99 };
}

/** The samples of equal steps of the logarithm of time. */
export interface Violin {
  /** Edges of the steps in ns, one more than `counts`. */
  readonly edges: readonly number[];
  /** Samples in each, a bucket's spread evenly over it: not whole numbers. */
  readonly counts: readonly number[];
  /** Samples below the first edge, and from the last one on. */
  readonly below: number;
  readonly above: number;
}

/** The axis reaches from p0.1 to p99.9: a few stragglers would flatten everything else. */
const AXIS = [0.001, 0.999] as const;
/** An axis narrower than this share shows the buckets rather than the samples. */
const NARROWEST = 1.05;

/** @param steps number of steps of the axis */
export function violinOf(source: CellHistogram, steps: number): Violin {
  const [bottom, top] = AXIS.map((p) => bucketOf(quantileNs(source, p) * 1000)) as [number, number];
  // Whole buckets: a part of one would leave out samples that can't be told from those shown.
  const from = Math.max(bucketRange(bottom).low / 1000, 1e-3);
  const to = bucketRange(top).high / 1000;
  const widened = Math.sqrt(Math.max(NARROWEST / (to / from), 1));
  const low = from / widened;
  const ratio = (to * widened) / low;
  const edges = Array.from({ length: steps + 1 }, (_, i) => low * ratio ** (i / steps));
  const { indexes, counts: samples } = source.histogram;
  const cumulative = (ns: number) =>
    indexes.reduce((sum, index, i) => sum + (samples[i] ?? 0) * shareBelow(index, ns * 1000), 0);
  const upTo = edges.map(cumulative);
  return {
    edges,
    counts: upTo.slice(1).map((count, i) => count - (upTo[i] ?? 0)),
    below: upTo[0] ?? 0,
    above: source.samples - (upTo.at(-1) ?? 0),
  };
}

/** Which share of a bucket lies below a value. */
function shareBelow(index: number, ps: number): number {
  const { low, high } = bucketRange(index);
  return Math.min(Math.max((ps - low) / (high - low), 0), 1);
}

/** The extremes are exact where they are known; what lies between is within a bucket. */
function quantileNs({ histogram, bounds }: CellHistogram, p: number): number {
  if (bounds !== null && p === 0) return bounds.minPs / 1000;
  if (bounds !== null && p === 1) return bounds.maxPs / 1000;
  return (histogramQuantile(histogram, p, bounds ?? undefined) ?? 0) / 1000;
}
