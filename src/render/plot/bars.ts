import { extentOf, INTERVAL_NOTE, pointOf } from './intervals.js';
import {
  dimensionsOf,
  fastestFirst,
  nameOf,
  type PlotCell,
  type PlotSource,
  type Spec,
} from './source.js';
import { COLOURS, encodings, figure, logScale, TIME_LABEL, timeAxis } from './theme.js';

/** Bars need a common zero; where the longest is more times the shortest than this they show nothing. */
const LINEAR_UP_TO = 15;
/** A grid with less than this share of its places taken would be rows of gaps. */
const FULL = 0.6;
/** More groups than these have a row each. */
const SERIES_AT_MOST = 6;

/**
 * The median of each cell with its interval: bars from zero, or dots on a logarithmic axis where
 * bars of so different lengths would say nothing (a bar has no beginning there).
 */
export function barsPlot(source: PlotSource): Spec {
  const { labels, common } = dimensionsOf(source.cells);
  const grouped = isGrid(source.cells, labels);
  const rows = source.cells.map((cell, i) =>
    grouped ? cell.cell.probe : nameOf(cell, labels[i] ?? ''),
  );
  const series = grouped ? labels : labels.map(() => '');
  const points = source.cells.map(pointOf);
  const values = extentOf(points);
  const linear = Math.max(...values) <= LINEAR_UP_TO * Math.min(...values);
  const names = [...new Set(series)];
  const data = points.map((point, i) => ({
    ...{ row: rows[i], series: series[i] || 'all' },
    ...point,
  }));
  const order = fastestFirst(source.cells, rows);
  const shown = names.map((name) => name || 'all');
  return figure(
    source,
    {
      title: `${titleOf(source)} of each mechanism`,
      common,
      notes: [
        `${INTERVAL_NOTE}${linear ? '' : ' Logarithmic axis: dots, for bars would have no beginning.'}`,
      ],
    },
    {
      data: { values: data },
      width: 430,
      height: { step: shown.length > 1 ? 13 : 18 },
      encoding: {
        y: {
          ...{ field: 'row', type: 'nominal', sort: order, title: null },
          scale: { paddingInner: 0.25 },
          axis: { grid: true, gridDash: [1, 2], ticks: false, labelPadding: 6 },
        },
        ...(shown.length > 1 && { yOffset: { field: 'series', sort: shown } }),
      },
      layer: layers(shown, values, linear, titleOf(source)),
    },
  );
}

/** Whether mechanisms and what sets their cells apart are a grid of few columns that is nearly full. */
function isGrid(cells: readonly PlotCell[], labels: readonly string[]): boolean {
  const columns = new Set(labels).size;
  const rows = new Set(cells.map(({ cell }) => cell.probe)).size;
  return columns <= SERIES_AT_MOST && cells.length >= FULL * columns * rows;
}

function titleOf({ words }: PlotSource): string {
  const text = words.median.replace(/RTT$/, 'round-trip time').replace(/connect$/, 'connect time');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function layers(
  shown: readonly string[],
  values: readonly number[],
  linear: boolean,
  title: string,
): Spec[] {
  const high = Math.max(...values);
  const scale = linear ? { domain: [0, high * 1.35] } : wide(logScale(values));
  const x = {
    ...{ field: 'median', type: 'quantitative', scale },
    axis: linear
      ? { title, labelExpr: TIME_LABEL, tickCount: 6 }
      : timeAxis(`${title} (logarithmic)`, values),
  };
  const { color, shape } = encodings(shown, null, false);
  const end = { expr: "scale('x', datum.high === null ? datum.median : datum.high) + 7" };
  return [
    ...(linear
      ? [
          {
            mark: { type: 'bar', opacity: 0.35, stroke: '#444444', strokeWidth: 0.5 },
            encoding: { x, color },
          },
        ]
      : []),
    {
      mark: { type: 'rule', strokeWidth: 1.4 },
      encoding: { x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' }, color },
    },
    ...['low', 'high'].map((field) => ({
      mark: { type: 'tick', thickness: 1.4, size: 6 },
      encoding: { x: { field, type: 'quantitative' }, color },
    })),
    {
      mark: { type: 'point', filled: true, size: 42, opacity: 1 },
      encoding: {
        ...{ x, color, shape },
        tooltip: [
          { field: 'row' },
          { field: 'series' },
          { field: 'text', title: 'median [95 % CI]' },
        ],
      },
    },
    {
      mark: {
        type: 'text',
        align: 'left',
        baseline: 'middle',
        fontSize: 8.5,
        color: COLOURS[0],
        x: end,
      },
      encoding: { text: { field: 'text' } },
    },
  ];
}

/** Room for the numbers beside the intervals. */
function wide(scale: Spec): Spec {
  const [low, high] = scale.domain as [number, number];
  return { ...scale, domain: [low, high * (high / low) ** 0.36] };
}
