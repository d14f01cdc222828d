import type { ResultDocument } from '../../store/schema.js';
import { anatomyPlot } from './anatomy.js';
import { barsPlot } from './bars.js';
import { ecdfPlot } from './ecdf.js';
import { heatmapPlot } from './heatmap.js';
import type { PlotKind } from './kinds.js';
import { scalingPlot } from './scaling.js';
import { type PlotSource, plotSource, type SourceOptions, type Spec } from './source.js';
import { sweepPlot } from './sweep.js';
import { violinPlot } from './violin.js';

const KINDS: Readonly<Record<PlotKind, (source: PlotSource) => Spec>> = {
  bars: barsPlot,
  sweep: sweepPlot,
  ecdf: ecdfPlot,
  violin: violinPlot,
  scaling: scalingPlot,
  anatomy: anatomyPlot,
  heatmap: heatmapPlot,
};

/**
 * A figure of results as a Vega-Lite specification with its data in it.
 *
 * @param pattern of the cells; the first that has figures unless given
 * @throws UserError when the results have nothing that such a figure could show
 */
export function plotSpec(
  documents: readonly ResultDocument[],
  kind: PlotKind,
  pattern?: string,
  options: SourceOptions = {},
): Spec {
  return KINDS[kind](plotSource(documents, pattern, options));
}
