import { UserError } from '../../errors.js';
import { duration, durationWithInterval, halfWidth, lastPlace, size } from '../quantity.js';
import {
  dimensionsOf,
  fastestFirst,
  isPublished,
  nameOf,
  type PlotCell,
  type PlotSource,
  type Spec,
} from './source.js';
import { decades, figure, TIME_LABEL } from './theme.js';

/** What a field says must fit into it. */
const DIGITS = 3;

/**
 * Medians as shades with their numbers: of placement `all` the client's processor down and the
 * server's across, a panel for each mechanism; else mechanisms down and message sizes across.
 */
export function heatmapPlot(whole: PlotSource): Spec {
  const paired = whole.cells.filter(
    ({ cell: { placement, client_cpu: client, server_cpu: server } }) =>
      placement === 'all' && client !== null && server !== null,
  );
  return paired.length > 0 ? processors(whole, paired) : sizes(whole);
}

function processors(whole: PlotSource, cells: readonly PlotCell[]): Spec {
  const { labels, common } = dimensionsOf(cells, ['placement']);
  const panels = cells.map((cell, i) => nameOf(cell, labels[i] ?? ''));
  const fields = cells.map((one, i) => ({
    ...fieldOf(one),
    ...{ down: one.cell.client_cpu, across: one.cell.server_cpu, panel: panels[i] },
  }));
  const cpus = (pick: 'client_cpu' | 'server_cpu') =>
    [...new Set(cells.map(({ cell }) => cell[pick] ?? 0))].sort((a, b) => a - b);
  const axes = {
    y: { title: 'Client’s processor', sort: cpus('client_cpu') },
    x: { title: 'Server’s processor', sort: cpus('server_cpu') },
  };
  const layers = fieldLayers(fields, axes, titleOf(whole));
  const steps = stepsFor(axes.x.sort.length);
  const several = new Set(panels).size > 1;
  return figure(
    { ...whole, cells },
    { title: `${titleOf(whole)} by processors`, common, notes: notesFor(axes.x.sort.length) },
    {
      data: { values: fields },
      ...(several
        ? {
            facet: {
              field: 'panel',
              type: 'nominal',
              title: null,
              sort: fastestFirst(cells, panels),
            },
            columns: 2,
            spec: { ...steps, layer: layers },
            // Of an incomplete row of panels a shared axis would stand below nothing.
            resolve: { axis: { x: 'independent', y: 'independent' } },
          }
        : { ...steps, layer: layers }),
    },
  );
}

function sizes(whole: PlotSource): Spec {
  const cells = whole.cells.filter(({ document }) => !isPublished(document));
  const across = [...new Set(cells.map(({ cell }) => cell.size_bytes))].sort((a, b) => a - b);
  if (across.length < 2 || whole.pattern === 'connect') throw noMap(whole);
  const { labels, common } = dimensionsOf(cells, ['size']);
  const rows = cells.map((cell, i) => nameOf(cell, labels[i] ?? ''));
  const fields = cells.map((one, i) => ({
    ...fieldOf(one),
    ...{ down: rows[i], across: size(one.cell.size_bytes) },
  }));
  const axes = {
    y: { title: null, sort: fastestFirst(cells, rows) },
    x: { title: 'Message size', sort: across.map(size) },
  };
  return figure(
    { ...whole, cells },
    {
      title: `${titleOf(whole)} by message size`,
      common,
      notes: [...notesFor(across.length), ...emptyNote(fields, new Set(rows).size * across.length)],
    },
    {
      data: { values: fields },
      ...stepsFor(across.length),
      layer: fieldLayers(fields, axes, titleOf(whole)),
    },
  );
}

const SHADE_TICKS = 7;
/** Of more columns the figure would be wider than a page with intervals in it. */
const INTERVALS_UP_TO = 16;

function stepsFor(columns: number): Spec {
  return columns <= INTERVALS_UP_TO
    ? { width: { step: 66 }, height: { step: 26 } }
    : { width: { step: 44 }, height: { step: 16 } };
}

function notesFor(columns: number): string[] {
  const below = columns <= INTERVALS_UP_TO ? '; below, the intervals in the same unit' : '';
  return [
    `Darker is slower, by logarithm. Digits as the 95 % confidence intervals bear them out${below}.`,
  ];
}

function emptyNote(fields: readonly Field[], places: number): string[] {
  return fields.length < places ? ['Empty: no figures.'] : [];
}

interface Field {
  readonly median: number;
  readonly text: string;
  /** The interval in the unit of the text; '' where there is none. */
  readonly ends: string;
}

function fieldOf({ times: { median, ci95 } }: PlotCell): Field {
  const place = lastPlace(median, halfWidth(ci95), DIGITS);
  const [, ends = ''] = / \[(.*)\]$/.exec(durationWithInterval(median, ci95, place)) ?? [];
  return {
    median: Math.max(median, 1e-3),
    text: duration(median, place),
    ends: ci95 === null ? '' : ends,
  };
}

function fieldLayers(
  fields: readonly Field[],
  axes: { readonly x: Spec & { readonly sort: readonly unknown[] }; readonly y: Spec },
  title: string,
): Spec[] {
  const medians = fields.map(({ median }) => median);
  const [low, high] = [Math.min(...medians), Math.max(...medians)];
  const middle = Math.sqrt(low * high);
  const x = { field: 'across', type: 'ordinal', ...axes.x, axis: { labelAngle: 0 } };
  const columns = new Set(axes.x.sort).size;
  const y = { field: 'down', type: 'ordinal', ...axes.y };
  const ink = {
    condition: { test: `datum.median > ${middle * 1.15}`, value: 'white' },
    value: 'black',
  };
  const text = (field: string, dy: number, fontSize: number) => ({
    mark: { type: 'text', dy, fontSize },
    encoding: { x, y, text: { field }, color: ink },
  });
  return [
    {
      mark: { type: 'rect', stroke: 'white', strokeWidth: 1 },
      encoding: {
        ...{ x, y },
        color: {
          ...{ field: 'median', type: 'quantitative', title: null },
          scale: {
            type: 'log',
            domain: [low, Math.max(high, low * 1.1)],
            range: ['#f2f6fa', '#0b3c5d'],
          },
          legend: { title, labelExpr: TIME_LABEL, titleLimit: 300, values: shadeTicks(low, high) },
        },
      },
    },
    ...(columns <= INTERVALS_UP_TO
      ? [text('text', -4, 9.5), text('ends', 6, 7.5)]
      : [text('text', 0, 7.5)]),
  ];
}

/** A few round values that lie apart on the ruler of shades. */
function shadeTicks(low: number, high: number): number[] {
  const apart = (high / low) ** (1 / SHADE_TICKS);
  const ticks: number[] = [];
  for (const value of decades([low, high]).filter((one) => one >= low && one <= high)) {
    const before = ticks.at(-1);
    if (before === undefined || value / before >= apart) ticks.push(value);
  }
  return ticks.length > 1 ? ticks : [low, high];
}

function titleOf({ words }: PlotSource): string {
  const text = words.median.replace(/RTT$/, 'round-trip time');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function noMap({ cells }: PlotSource): UserError {
  const probe = cells[0]?.cell.probe ?? 'futex';
  return new UserError('A heat map needs cells of placement all, or two message sizes or more.', [
    `Measure every pair of processors: ipcbench run ${probe} --placement all --size 1`,
  ]);
}
