import { UserError } from '../../errors.js';
import { mergeHistograms, type SparseHistogram } from '../../stats/histogram.js';
import { dimensionsOf, isPublished, nameOf, type PlotCell, type PlotSource } from './source.js';

/** Distributions that one figure can show. */
const AT_MOST = { ecdf: 16, violin: 40 } as const;

/** A cell with the samples of its trials. */
export interface PlotHistogram {
  readonly name: string;
  readonly cell: PlotCell;
  readonly merged: SparseHistogram;
  readonly trials: readonly SparseHistogram[];
}

export interface PlotHistograms {
  /** Fastest first. */
  readonly curves: readonly PlotHistogram[];
  readonly common: readonly string[];
  readonly notes: readonly string[];
}

/**
 * The cells that have histograms, by their names.
 *
 * @throws UserError for none, or more than a figure can show
 */
export function histogramsOf(
  source: PlotSource,
  kind: keyof typeof AT_MOST = 'ecdf',
): PlotHistograms {
  const cells = source.cells.filter(({ document }) => !isPublished(document));
  const { labels, common } = dimensionsOf(cells);
  const curves = cells.flatMap((cell, i): PlotHistogram[] => {
    const trials = cell.cell.per_trial.flatMap(({ histogram }) => histogram ?? []);
    if (trials.length === 0) return [];
    return [{ name: nameOf(cell, labels[i] ?? ''), cell, trials, merged: mergeHistograms(trials) }];
  });
  if (curves.length === 0) {
    throw new UserError('There is no distribution to plot: no trial has a histogram.', [
      'Measure again; results of published figures have medians only.',
    ]);
  }
  if (curves.length > AT_MOST[kind]) throw tooMany(curves, kind);
  const batched = curves.filter(({ cell }) => (cell.cell.batch ?? 1) > 1);
  const names = batched.map(({ name }) => name).join('; ');
  return {
    curves: [...curves].sort((a, b) => a.cell.times.median - b.cell.times.median),
    common,
    notes: batched.length === 0 ? [] : [`Means of batches, not single operations: ${names}.`],
  };
}

function tooMany(curves: readonly PlotHistogram[], kind: keyof typeof AT_MOST): UserError {
  const probes = [...new Set(curves.map(({ cell }) => cell.cell.probe))].slice(0, 3).join(',');
  return new UserError(
    `${curves.length} distributions don't fit into one figure of kind ${kind}: ${AT_MOST[kind]} do.`,
    [`Choose cells, by probe or by number: --cell ${probes}`],
  );
}
