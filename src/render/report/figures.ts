import { UserError } from '../../errors.js';
import { operationTimes } from '../../store/operation.js';
import type { ProfileFile } from '../../store/profile-file.js';
import type { ResultDocument } from '../../store/schema.js';
import { groupBy } from '../group.js';
import { anatomyPlot } from '../plot/anatomy.js';
import { barsPlot } from '../plot/bars.js';
import { profilePlot } from '../plot/profile-plot.js';
import { type PlotSource, plotSource, type Spec } from '../plot/source.js';
import { sweepPlot } from '../plot/sweep.js';
import { size } from '../quantity.js';
import { spectrumPlot } from './spectrum.js';
import { withTips } from './tips.js';

/** A figure of the report, to be drawn. */
export interface ReportFigure {
  readonly heading: string;
  readonly pattern: string;
  readonly spec: Spec;
}

/** Distributions that one figure shows at most. */
const CURVES_AT_MOST = 12;
/** Rows of bars that a figure shows at most: a sweep shows the rest. */
const ROWS_AT_MOST = 60;

/** Every figure that the results have data for, pattern by pattern. */
export function reportFigures(documents: readonly ResultDocument[]): ReportFigure[] {
  const patterns = groupBy(
    documents.flatMap(({ results }) => results).filter((cell) => operationTimes(cell) !== null),
    (cell) => cell.pattern,
  );
  return [...patterns.keys()].flatMap((pattern) => figuresOf(documents, pattern));
}

/** One figure of the anatomy of each profile's round trips. */
export function anatomyFigures(profiles: readonly ProfileFile[]): ReportFigure[] {
  return profiles.flatMap((profile) => {
    const pattern = profile.cells[0]?.pattern ?? '';
    try {
      const spec = withTips(profilePlot([profile]));
      return [{ heading: 'Where the time goes', pattern, spec }];
    } catch (error) {
      if (error instanceof UserError) return [];
      throw error;
    }
  });
}

function figuresOf(documents: readonly ResultDocument[], pattern: string): ReportFigure[] {
  const found = plotSource(documents, pattern);
  // What is not drawn is in the tables of the page.
  const whole = { ...found, others: [], reference: false };
  const one = oneSize(whole);
  const ofSize = one.cells.length < whole.cells.length ? ` (${one.words})` : '';
  const drawn = [
    figure('By message size', whole, sweepPlot),
    figure(`Medians${ofSize}`, limited(one.source, ROWS_AT_MOST), barsPlot),
    figure(`Percentiles${ofSize}`, limited(one.source, CURVES_AT_MOST), spectrumPlot),
    figure(`Processor time${ofSize}`, limited(one.source, ROWS_AT_MOST), anatomyPlot),
  ];
  return drawn.flatMap((made) => (made === null ? [] : [{ ...made, pattern }]));
}

/** The cells of the smallest size: all mechanisms have them. */
function oneSize(source: PlotSource) {
  const sizes = source.cells.map(({ cell }) => cell.size_bytes);
  const smallest = Math.min(...sizes);
  const cells = source.cells.filter(({ cell }) => cell.size_bytes === smallest);
  return { cells, words: size(smallest), source: { ...source, cells } };
}

/** The fastest, where there are too many. */
function limited(source: PlotSource, most: number): PlotSource {
  if (source.cells.length <= most) return source;
  const sorted = [...source.cells].sort((a, b) => a.times.median - b.times.median);
  return { ...source, cells: sorted.slice(0, most) };
}

function figure(
  heading: string,
  source: PlotSource,
  draw: (source: PlotSource) => Spec,
): Pick<ReportFigure, 'heading' | 'spec'> | null {
  try {
    return { heading, spec: withTips(draw(source)) };
  } catch (error) {
    // What the results have no data for is left out.
    if (error instanceof UserError) return null;
    throw error;
  }
}
