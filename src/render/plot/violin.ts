import { cellHistograms } from '../histogram-cells.js';
import { boxOf, violinOf } from '../histogram-shape.js';
import { histogramsOf, type PlotHistogram } from './histograms.js';
import { extentOf, pointOf } from './intervals.js';
import type { PlotSource, Spec } from './source.js';
import { figure, logScale, timeAxis } from './theme.js';

/** Steps of each outline. */
const STEPS = 90;
/** Half the height of the widest place, where rows are 1 apart. */
const HALF = 0.42;
/** Weights of neighbouring steps: buckets and clock ticks leave teeth. */
const SMOOTHING = [0.25, 0.5, 0.25] as const;

/** Where the samples of each cell lie, as outlines with box, median and its interval. */
export function violinPlot(source: PlotSource): Spec {
  const { curves, common, notes } = histogramsOf(source, 'violin');
  const outlines = curves.flatMap(outlineOf);
  const boxes = curves.map((curve, row) => ({ row, ...boxIn(curve), ...pointOf(curve.cell) }));
  const extent = [...outlines.map(({ ns }) => ns), ...extentOf(boxes)];
  const one = source.words.one === 'trip' ? 'round trip' : source.words.one;
  const names = curves.map(({ name }) => name);
  return figure(
    source,
    {
      title: 'Distribution of times',
      common,
      notes: [
        'Outline: samples between 0.1 % and 99.9 % by logarithm of time, each as wide at most. Thick: middle half; dot: median, with its 95 % confidence interval over trials.',
        ...notes,
      ],
    },
    {
      width: 460,
      height: Math.max(90, names.length * 46),
      encoding: {
        y: {
          ...{ field: 'row', type: 'quantitative', title: null },
          scale: { domain: [names.length - 0.5, -0.5], nice: false, zero: false },
          axis: {
            ...{ values: names.map((_, i) => i), grid: false, ticks: false, labelPadding: 6 },
            labelExpr: `${JSON.stringify(names)}[datum.value]`,
          },
        },
      },
      layer: layers(outlines, boxes, {
        ...{ field: 'ns', type: 'quantitative', scale: logScale(extent) },
        axis: timeAxis(`Time per ${one} (logarithmic)`, extent),
      }),
    },
  );
}

function layers(outlines: readonly object[], boxes: readonly object[], x: Spec): Spec[] {
  const end = (field: string) => ({ field, type: 'quantitative' });
  return [
    {
      data: { values: outlines },
      mark: {
        type: 'area',
        fill: '#bcd3e6',
        stroke: '#333333',
        strokeWidth: 0.8,
        interpolate: 'monotone',
      },
      encoding: {
        x,
        y: { field: 'upper', type: 'quantitative' },
        y2: { field: 'lower' },
        detail: { field: 'name' },
      },
    },
    {
      data: { values: boxes },
      mark: { type: 'rule', strokeWidth: 5, color: '#555555' },
      encoding: { x: end('p25'), x2: { field: 'p75' } },
    },
    {
      data: { values: boxes },
      mark: { type: 'rule', strokeWidth: 1.6, color: '#d55e00' },
      encoding: { x: end('low'), x2: { field: 'high' } },
    },
    {
      data: { values: boxes },
      mark: {
        type: 'point',
        filled: true,
        fill: 'white',
        stroke: '#d55e00',
        strokeWidth: 1.6,
        size: 34,
        opacity: 1,
      },
      encoding: { x: end('median'), tooltip: [{ field: 'text', title: 'median [95 % CI]' }] },
    },
  ];
}

interface Outline {
  readonly name: string;
  readonly ns: number;
  readonly upper: number;
  readonly lower: number;
}

function outlineOf(curve: PlotHistogram, row: number): Outline[] {
  const [source] = cellHistograms({ ...curve.cell.document, results: [curve.cell.cell] });
  if (source === undefined) return [];
  const { edges, counts } = violinOf(source, STEPS);
  const smooth = counts.map((_, i) =>
    SMOOTHING.reduce((sum, weight, k) => sum + weight * (counts[i + k - 1] ?? 0), 0),
  );
  const most = Math.max(...smooth);
  return smooth.map((count, i) => {
    const half = most === 0 ? 0 : (HALF * count) / most;
    const ns = Math.sqrt((edges[i] ?? 1) * (edges[i + 1] ?? 1));
    return { name: `${row}: ${curve.name}`, ns, upper: row - half, lower: row + half };
  });
}

function boxIn({ cell }: PlotHistogram): { p25: number | null; p75: number | null } {
  const [source] = cellHistograms({ ...cell.document, results: [cell.cell] });
  if (source === undefined) return { p25: null, p75: null };
  const { p25, p75 } = boxOf(source);
  return { p25, p75 };
}
