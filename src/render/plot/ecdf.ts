import { bucketRange, type SparseHistogram } from '../../stats/histogram.js';
import { histogramsOf, type PlotHistogram } from './histograms.js';
import { extentOf, pointOf } from './intervals.js';
import type { PlotSource, Spec } from './source.js';
import { encodings, figure, logScale, timeAxis } from './theme.js';

/** Share of the samples at either end that is not drawn. */
const TAIL = 0.0005;
/** Points of a curve that paper can show. */
const STEPS = 240;

/**
 * The share of samples up to each time, a curve for each cell, with the range of its trials as a
 * band and the interval of the median as a bar.
 */
export function ecdfPlot(source: PlotSource): Spec {
  const { curves, common, notes } = histogramsOf(source);
  const names = curves.map(({ name }) => name);
  const lines = curves.flatMap((curve) => stepsOf(curve));
  const points = curves.map(({ cell, name }) => ({ series: name, share: 0.5, ...pointOf(cell) }));
  const extent = [...lines.map(({ ns }) => ns), ...extentOf(points)];
  const { color, shape, strokeDash } = encodings(names, null, true);
  const x = {
    ...{ field: 'ns', type: 'quantitative', scale: logScale(extent) },
    axis: timeAxis(
      `Time per ${source.words.one === 'trip' ? 'round trip' : source.words.one} (logarithmic)`,
      extent,
    ),
  };
  const y = {
    ...{ field: 'share', type: 'quantitative', scale: { domain: [0, 1] } },
    axis: { title: 'Share of samples at most as long', format: '.0%' },
  };
  const bar = { field: 'low', type: 'quantitative' };
  return figure(
    source,
    {
      title: 'Distribution of times',
      common,
      notes: [
        'Band: lowest and highest of the trials. Mark and bar at 50 %: median with its 95 % confidence interval.',
        ...notes,
      ],
    },
    {
      width: 460,
      height: 320,
      layer: [
        {
          data: { values: lines },
          mark: { type: 'area', interpolate: 'step-after', opacity: 0.15, line: false },
          encoding: { x, y: { ...y, field: 'lowest' }, y2: { field: 'highest' }, color },
        },
        {
          data: { values: lines },
          mark: { type: 'line', interpolate: 'step-after', strokeWidth: 1.6 },
          encoding: { x, y, color, strokeDash },
        },
        {
          data: { values: points },
          mark: { type: 'rule', strokeWidth: 2 },
          encoding: { x: bar, x2: { field: 'high' }, y, color },
        },
        {
          data: { values: points },
          mark: { type: 'point', filled: true, size: 55, opacity: 1 },
          encoding: {
            x: { ...x, field: 'median' },
            y,
            color,
            shape,
            tooltip: [{ field: 'series' }, { field: 'text' }],
          },
        },
      ],
    },
  );
}

interface Step {
  readonly series: string;
  readonly ns: number;
  readonly share: number;
  readonly lowest: number;
  readonly highest: number;
}

/** The curve at the ends of buckets, of all samples but the slowest thousandth's tail beyond the axis. */
function stepsOf({ name, merged, trials }: PlotHistogram): Step[] {
  const { indexes } = merged;
  const every = Math.max(1, Math.ceil(indexes.length / STEPS));
  const ends = indexes
    .filter((_, i) => i % every === 0 || i === indexes.length - 1)
    .map((index) => ({ index, ns: bucketRange(index).high / 1000 }));
  const first = { index: -1, ns: bucketRange(indexes[0] ?? 0).low / 1000 };
  const all = sharesAt(
    merged,
    ends.map(({ index }) => index),
  );
  const each = trials.map((trial) =>
    sharesAt(
      trial,
      ends.map(({ index }) => index),
    ),
  );
  const steps = ends.map(({ ns }, i) => {
    const shares = each.map((one) => one[i] ?? 0);
    return {
      series: name,
      ns,
      share: all[i] ?? 0,
      lowest: Math.min(...shares),
      highest: Math.max(...shares),
    };
  });
  const start = { series: name, ns: Math.max(first.ns, 1e-3), share: 0, lowest: 0, highest: 0 };
  // A few stragglers would take half of the axis: what is beyond 0.05 and 99.95 % is not drawn.
  const cut = steps.findIndex(({ share }) => share >= 1 - TAIL);
  const told = cut < 0 ? steps : steps.slice(0, cut + 1);
  const low = told.findIndex(({ share }) => share >= TAIL);
  return low > 0 ? told.slice(low - 1) : [start, ...told];
}

/** The share of the samples up to and with each of some buckets, which rise. */
function sharesAt({ indexes, counts }: SparseHistogram, upTo: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let at = 0;
  let below = 0;
  return upTo.map((index) => {
    while (at < indexes.length && (indexes[at] ?? 0) <= index) {
      below += counts[at] ?? 0;
      at++;
    }
    return total === 0 ? 0 : below / total;
  });
}
