import { bucketRange } from '../../stats/histogram.js';
import { histogramsOf, type PlotHistogram } from '../plot/histograms.js';
import type { PlotSource, Spec } from '../plot/source.js';
import { encodings, figure, logScale, TIME_LABEL, timeAxis } from '../plot/theme.js';

/** Percentiles that the axis names. */
const NAMED = [0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999] as const;
/** A percentile is drawn where at least so many samples are beyond it. */
const BEYOND = 5;
/** Points of a curve. */
const STEPS = 160;

/**
 * The percentile spectrum: how long an operation takes at each percentile, on an axis that gives
 * every further nine the same room. Tene, HdrHistogram (https://hdrhistogram.org).
 */
export function spectrumPlot(source: PlotSource): Spec {
  const { curves, common, notes } = histogramsOf(source);
  const names = curves.map(({ name }) => name);
  const points = curves.flatMap(pointsOf);
  const extent = points.map(({ ns }) => ns);
  const furthest = Math.max(...points.map(({ odds }) => odds), 2);
  const { color, strokeDash } = encodings(names, null, true);
  const ticks = NAMED.map((percent) => 1 / (1 - percent / 100)).filter((odds) => odds <= furthest);
  const words = source.words.one === 'trip' ? 'round trip' : source.words.one;
  return figure(
    source,
    {
      title: `Percentiles of the time per ${words}`,
      common,
      notes: [`Drawn as far as ${BEYOND} samples are beyond.`, ...notes],
    },
    {
      width: 460,
      height: 300,
      data: { values: points },
      mark: { type: 'line', strokeWidth: 1.6 },
      encoding: {
        x: {
          ...{ field: 'odds', type: 'quantitative' },
          scale: { type: 'log', domain: [1, furthest], nice: false },
          axis: {
            title: 'Percentile',
            values: ticks,
            labelExpr: "format(100 - 100 / datum.value, '.7~g') + ' %'",
          },
        },
        y: {
          ...{ field: 'ns', type: 'quantitative', scale: logScale(extent) },
          axis: { ...timeAxis(`Time per ${words} (logarithmic)`, extent), labelExpr: TIME_LABEL },
        },
        color,
        strokeDash,
        tooltip: [{ field: 'series' }],
      },
    },
  );
}

interface SpectrumPoint {
  readonly series: string;
  /** 1 / (1 - share): 2 at the median, 100 at the 99th percentile. */
  readonly odds: number;
  readonly ns: number;
}

function pointsOf({ name, merged }: PlotHistogram): SpectrumPoint[] {
  const total = merged.counts.reduce((sum, count) => sum + count, 0);
  const last = Math.max(2, total / BEYOND);
  let at = 0;
  let upTo = merged.counts[0] ?? 0;
  return Array.from({ length: STEPS + 1 }, (_, step): SpectrumPoint => {
    const odds = last ** (step / STEPS);
    const wanted = total * (1 - 1 / odds);
    while (upTo < wanted && at < merged.indexes.length - 1) {
      at++;
      upTo += merged.counts[at] ?? 0;
    }
    const { high } = bucketRange(merged.indexes[at] ?? 0);
    return { series: name, odds, ns: Math.max(high / 1000, 1e-3) };
  });
}
