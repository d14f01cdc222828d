import { UserError } from '../../errors.js';
import { groupBy } from '../group.js';
import { extentOf, INTERVAL_NOTE, pointOf } from './intervals.js';
import {
  dimensionsOf,
  fastestFirst,
  isPublished,
  nameOf,
  type PlotCell,
  type PlotSource,
  type Spec,
} from './source.js';
import { encodings, figure, logScale, SIZE_LABEL, timeAxis } from './theme.js';

/** Panels beside each other; of more ways to wait or to be placed each has curves of its own. */
const PANELS_AT_MOST = 12;
/** Labels of sizes that fit below the figure, and below one of several panels. */
const TICKS_AT_MOST = 11;
const TICKS_OF_PANEL = 6;

/** Medians by message size, both axes logarithmic: a curve for each mechanism, a panel for each way to wait. */
export function sweepPlot(whole: PlotSource): Spec {
  const { swept, short } = sweptCells(whole);
  const source = { ...whole, cells: swept };
  const sizes = [...new Set(swept.map(({ cell }) => cell.size_bytes))].sort((a, b) => a - b);
  if (sizes.length < 2) throw tooFewSizes(whole);
  const { labels, common } = dimensionsOf(swept, ['size']);
  const panelled = new Set(labels).size <= PANELS_AT_MOST;
  const names = swept.map((cell, i) =>
    panelled ? cell.cell.probe : nameOf(cell, labels[i] ?? ''),
  );
  const points = swept.map(pointOf);
  const order = fastestFirst(swept, names);
  const apart = shifts(order, sizes);
  const data = points.map((point, i) => ({
    ...{ size: swept[i]?.cell.size_bytes, series: names[i] },
    at: (swept[i]?.cell.size_bytes ?? 1) * 2 ** apart(names[i] ?? ''),
    ...{ panel: panelled ? labels[i] : '', ...point },
  }));
  const panels = panelled ? new Set(labels).size : 1;
  const step = Math.ceil(sizes.length / (panels > 1 ? TICKS_OF_PANEL : TICKS_AT_MOST));
  const title = axisTitle(source);
  const layers = curves(
    order,
    { values: sizes.filter((_, i) => i % step === 0), extent: sizes },
    { title, extent: extentOf(points) },
  );
  return figure(
    source,
    { title: `${title} by message size`, common, notes: [INTERVAL_NOTE, APART, ...short] },
    {
      data: { values: data },
      ...(panels > 1
        ? {
            facet: { field: 'panel', type: 'nominal', title: null, sort: [...new Set(labels)] },
            // Of an incomplete row of panels a shared axis would stand below nothing.
            resolve: { axis: { x: 'independent', y: 'independent' } },
            columns: panels > 4 ? 3 : 2,
            spec: { width: 270, height: 260, layer: layers },
          }
        : { width: 460, height: 320, layer: layers }),
    },
  );
}

const APART = 'Marks of one size stand a little apart, so that none covers another.';

/** How far apart the first and the last mark of a size are, as a share of the way to the next size. */
const SPREAD = 0.22;

/** By how many doublings each curve is moved sideways. */
function shifts(names: readonly string[], sizes: readonly number[]): (name: string) => number {
  const steps = sizes.slice(1).map((bytes, i) => Math.log2(bytes / Math.max(sizes[i] ?? 1, 1)));
  const room = SPREAD * Math.min(...steps, 3);
  const last = Math.max(names.length - 1, 1);
  return (name) => room * (names.indexOf(name) / last - 0.5);
}

/** Cells that are part of a curve, and a note about those that are a point. */
function sweptCells({ cells }: PlotSource): { swept: readonly PlotCell[]; short: string[] } {
  const measured = cells.filter(({ document }) => !isPublished(document));
  const { labels } = dimensionsOf(measured, ['size']);
  const groups = groupBy([...measured.keys()], (i) =>
    nameOf(measured[i] as PlotCell, labels[i] ?? ''),
  );
  const long = [...groups.values()].filter(
    (group) => new Set(group.map((i) => measured[i]?.cell.size_bytes)).size > 1,
  );
  const kept = new Set(long.flat());
  const left = [...groups].filter(([, group]) => !long.includes(group)).map(([name]) => name);
  return {
    swept: measured.filter((_, i) => kept.has(i)),
    short: left.length === 0 ? [] : [`Not drawn, for they have one size only: ${left.join('; ')}.`],
  };
}

function axisTitle({ words }: PlotSource): string {
  const text = words.median.replace(/RTT$/, 'round-trip time');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function curves(
  names: readonly string[],
  size: { readonly values: readonly number[]; readonly extent: readonly number[] },
  time: { readonly title: string; readonly extent: readonly number[] },
): Spec[] {
  const { color, shape, strokeDash } = encodings(names, null, true);
  const [smallest, largest] = [Math.min(...size.extent), Math.max(...size.extent)];
  const x = {
    ...{ field: 'at', type: 'quantitative' },
    scale: {
      type: 'log',
      base: 2,
      domain: [Math.max(smallest, 1) * 0.65, largest * 1.55],
      nice: false,
    },
    axis: { title: 'Message size (logarithmic)', values: size.values, labelExpr: SIZE_LABEL },
  };
  const scale = logScale(time.extent);
  const y = {
    ...{ field: 'median', type: 'quantitative', scale },
    axis: timeAxis(`${time.title} (logarithmic)`, time.extent),
  };
  const bar = { field: 'low', type: 'quantitative', scale };
  return [
    {
      mark: { type: 'rule', strokeWidth: 1, opacity: 0.7 },
      encoding: { x, y: bar, y2: { field: 'high' }, color },
    },
    { mark: { type: 'line', strokeWidth: 1.5 }, encoding: { x, y, color, strokeDash } },
    {
      mark: { type: 'point', filled: true, size: 45, opacity: 1 },
      encoding: {
        ...{ x, y, color, shape },
        tooltip: [
          { field: 'series' },
          { field: 'size' },
          { field: 'text', title: 'median [95 % CI]' },
        ],
      },
    },
  ];
}

function tooFewSizes({ cells }: PlotSource): UserError {
  const probe = cells[0]?.cell.probe ?? 'pipe';
  return new UserError('A sweep needs two message sizes or more, and the result has one.', [
    `Measure some: ipcbench run ${probe} --size 1..64k`,
  ]);
}
