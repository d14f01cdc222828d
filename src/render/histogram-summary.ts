import type { CellHistogram } from './histogram-cells.js';
import { type Box, boxOf, type SpectrumLine, spectrum } from './histogram-shape.js';

/** A histogram in figures, for scripts. Times are in nanoseconds. */
export interface HistogramSummary {
  /** Position of the cell in the result, from 1. */
  readonly cell: number;
  readonly title: string;
  /** What is timed. */
  readonly what: string;
  readonly samples: number;
  readonly trials: number;
  /** Operations per sample at most; above 1 samples are means. */
  readonly batch: number;
  readonly box_ns: Box;
  readonly percentiles: readonly SpectrumLine[];
}

export function summarizeHistogram(source: CellHistogram): HistogramSummary {
  const { number, title, what, samples, trials, batch } = source;
  const figures = { box_ns: boxOf(source), percentiles: spectrum(source) };
  return { cell: number, title, what, samples, trials, batch, ...figures };
}
