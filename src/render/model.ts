import type { CostModels, LineRecord, SizeRecord, SweepModel } from '../session/model.js';
import { median } from '../stats/quantile.js';
import { type Column, gridWidth, type Remark, renderGrid } from './grid.js';
import { modelNotes } from './model-notes.js';
import { renderNotes } from './notes.js';
import { placeColumns } from './place.js';
import { atPlace, endAtPlace, halfWidth, lastPlace, size } from './quantity.js';
import { createStyle } from './style.js';
import { type TableOptions, widthsFor } from './table.js';

/** Cost models as a table with its footnotes, ending in a newline. */
export function renderModels(models: CostModels, options: TableOptions = {}): string {
  const width = widthsFor(options);
  const style = createStyle(options.color ?? false);
  const rows = models.models.flatMap(rowsOf);
  const { above, columns, leftOut } = fitted(columnsOf(rows, models.calibrated), width.grid);
  const from = columns.findIndex(({ name }) => name === SIZES);
  const remarks = rows.flatMap(({ model }, row): Remark[] =>
    model.reason === null ? [] : [{ row, from, text: `no model: ${model.reason}` }],
  );
  const grid = renderGrid(columns, remarks, { heading: style.bold, remark: style.warn });
  const notes = renderNotes(modelNotes(models, leftOut), width.notes, style);
  return `${[...(above === '' ? [] : [above]), grid, notes].join('\n\n')}\n`;
}

interface Row {
  readonly model: SweepModel;
  /** Null when there is no model. */
  readonly line: LineRecord | null;
  /** Whether it is one of several lines. */
  readonly piece: boolean;
}

function rowsOf(model: SweepModel): Row[] {
  const pieces = (model.pieces ?? []).map((line) => ({ model, line, piece: true }));
  return [{ model, line: model.line, piece: false }, ...pieces];
}

/** A column that may be told shorter, or left out. */
interface ModelColumn extends Column {
  /** Without its interval, or its size. */
  readonly narrow?: readonly string[];
}

const SIZES = 'sizes';
const DEVIATION = 'largest deviation';
const RATE = 'GB/s';
const OFF = 'sizes off the line';
const INTERVAL = '[95 % CI]';

function columnsOf(rows: readonly Row[], calibrated: boolean): ModelColumn[] {
  const column = (
    name: string,
    heading: readonly string[],
    text: (line: LineRecord) => string,
    align: Column['align'] = 'right',
  ): ModelColumn => {
    const cells = rows.map(({ line }) => (line === null ? '' : text(line)));
    return { name, heading, align, cells };
  };
  const interval = (
    name: string,
    heading: readonly string[],
    of: (line: LineRecord) => readonly [number, readonly [number, number] | null],
  ): ModelColumn => ({
    ...column(name, heading, (line) => withInterval(...of(line))),
    narrow: column(name, heading, (line) => plain(...of(line))).cells,
  });
  return [
    ...headColumns(rows),
    column(SIZES, [SIZES], (line) => `${size(line.from_bytes)} .. ${size(line.to_bytes)}`),
    interval('alpha', ['alpha, µs', INTERVAL], (line) => [line.alpha_us, line.alpha_ci95_us]),
    interval('beta', ['beta, ns/B', INTERVAL], (line) => [
      line.beta_ns_per_byte,
      line.beta_ci95_ns_per_byte,
    ]),
    column(RATE, [RATE], (line) => maybe(line.gb_per_s, line.gb_ci95_per_s)),
    column('n½', ['n½'], halfSizeText),
    column('beta of bcopy', ['bcopy', 'ns/B'], (line) =>
      calibrated ? maybe(line.bcopy?.beta_ns_per_byte ?? null, null) : '-',
    ),
    column('beta over that of bcopy', ['beta /', 'bcopy'], (line) =>
      calibrated ? maybe(line.beta_over_bcopy, null) : '-',
    ),
    {
      ...column(DEVIATION, ['largest', 'deviation'], worstText),
      narrow: column('', [], (line) => (isUnchecked(line) ? '-' : percent(worst(line).deviation)))
        .cells,
    },
    {
      ...column(OFF, ['sizes off', 'the line'], (line) => offText(line, true)),
      narrow: column('', [], (line) => offText(line, false)).cells,
    },
  ];
}

function headColumns(rows: readonly Row[]): Column[] {
  const models = rows.map(({ model }) => ({ ...model, size_bytes: 0 }));
  const place = placeColumns(models).filter(({ name }) => name !== 'size');
  const text = (name: string, of: (row: Row) => string): Column => {
    return { name, heading: [name], align: 'left', cells: rows.map(of) };
  };
  return [
    text('mechanism', ({ model, piece }) => (piece ? '  piece' : model.probe)),
    text('pattern', ({ model }) => model.pattern),
    ...place,
  ];
}

/** What goes, one after the other, where there is little room; what is told shorter has its own words. */
const SACRIFICES: readonly { readonly names: readonly string[]; readonly shorter?: string }[] = [
  { names: ['n½'] },
  { names: ['beta of bcopy'] },
  { names: [DEVIATION], shorter: 'the size of the largest deviation' },
  { names: ['alpha', 'beta'], shorter: 'intervals' },
  { names: [OFF], shorter: 'what is allowed' },
  { names: [RATE] },
  { names: [OFF] },
];

/**
 * What all rows share is said above the table where there is little room; then columns are told
 * shorter, or left out.
 */
function fitted(
  all: readonly ModelColumn[],
  width: number,
): { above: string; columns: ModelColumn[]; leftOut: string[] } {
  let columns = [...all];
  const above: string[] = [];
  const leftOut: string[] = [];
  const figures = all.findIndex(({ name }) => name === SIZES);
  const places = all.slice(1, figures).map(({ name }) => name);
  for (const name of places) {
    const column = columns.find((candidate) => candidate.name === name);
    const plainEcho = name === 'pattern' && column?.cells.every((text) => text === 'echo');
    if (column === undefined || new Set(column.cells).size !== 1) continue;
    if (!plainEcho && gridWidth(columns) <= width) continue;
    if (!plainEcho) above.push(`${name} ${column.cells[0]}`);
    columns = columns.filter((other) => other !== column);
  }
  for (const { names, shorter } of SACRIFICES) {
    if (gridWidth(columns) <= width) break;
    leftOut.push(...(shorter === undefined ? names : [shorter]));
    columns = columns.flatMap((column) => {
      if (!names.includes(column.name)) return [column];
      return shorter === undefined ? [] : [shortened(column)];
    });
  }
  return { above: above.join(' · '), columns, leftOut };
}

function shortened(column: ModelColumn): ModelColumn {
  const heading = column.heading.filter((line) => line !== INTERVAL);
  return { ...column, heading, cells: column.narrow ?? column.cells };
}

function withInterval(value: number, interval: readonly [number, number] | null): string {
  if (interval === null) return `${plain(value, null)} [n/a]`;
  const place = lastPlace(value, halfWidth(interval));
  const [low, high] = interval.map((end) => endAtPlace(end, place));
  return `${atPlace(value, place)} [${low} .. ${high}]`;
}

function plain(value: number, interval: readonly [number, number] | null): string {
  return atPlace(value, lastPlace(value, halfWidth(interval)));
}

function maybe(value: number | null, interval: readonly [number, number] | null): string {
  return value === null ? '-' : atPlace(value, lastPlace(value, halfWidth(interval), 3));
}

/** Two digits: `16 KiB`, `340 B`. */
function halfSizeText({ half_size_bytes: bytes }: LineRecord): string {
  if (bytes === null) return '-';
  const units = [
    { name: 'MiB', bytes: 1024 ** 2 },
    { name: 'KiB', bytes: 1024 },
  ];
  const unit = units.find((candidate) => bytes >= candidate.bytes) ?? { name: 'B', bytes: 1 };
  return `${Number((bytes / unit.bytes).toPrecision(2))} ${unit.name}`;
}

/** `+34 % at 64 KiB`: the line says so much too much there. */
function worstText(line: LineRecord): string {
  if (isUnchecked(line)) return '-';
  const { deviation, size_bytes } = worst(line);
  return `${percent(deviation)} at ${size(size_bytes)}`;
}

/** A line through two points says nothing about itself. */
function isUnchecked({ sizes }: LineRecord): boolean {
  return sizes.length < 3;
}

/** `2 of 21 (12 %)`: in parentheses the median of what is allowed. */
function offText(line: LineRecord, withAllowed: boolean): string {
  if (isUnchecked(line)) return '-';
  const { sizes } = line;
  const count = `${sizes.filter(({ off }) => off).length} of ${sizes.length}`;
  if (!withAllowed) return count;
  const allowed = median(sizes.map((one) => one.allowed));
  const share = Number((allowed * 100).toPrecision(2));
  return `${count} (${share} %)`;
}

function worst({ sizes }: LineRecord): SizeRecord {
  return sizes.reduce((a, b) => (Math.abs(b.deviation) > Math.abs(a.deviation) ? b : a));
}

function percent(share: number): string {
  const value = share * 100;
  if (Math.abs(value) < 0.005) return '0 %';
  const place = Math.max(-2, lastPlace(value, null));
  return `${value > 0 ? '+' : ''}${atPlace(value, place)} %`;
}
