import type { CellResult, ResultDocument } from '../store/schema.js';
import { type Column, gridWidth, type Remark, renderGrid } from './grid.js';
import { renderNotes } from './notes.js';
import {
  atPlace,
  duration,
  durationWithInterval,
  halfRange,
  halfWidth,
  lastPlace,
  multiple,
  size,
} from './quantity.js';
import { createStyle } from './style.js';
import { tableNotes } from './table-notes.js';

export interface TableOptions {
  /** Columns of the terminal; unless given the table is as wide as it needs to be. */
  readonly width?: number;
  /** ANSI emphasis; off unless given. */
  readonly color?: boolean;
}

/** The narrowest table that is laid out; a narrower terminal wraps its lines. */
const NARROWEST = 60;
/** Notes are wrapped for reading also where the table may be as wide as it likes. */
const WIDEST_NOTES = 120;

/** The width for the grid, and that for the notes under it. */
export function widthsFor(options: TableOptions): { grid: number; notes: number } {
  const grid = Math.max(options.width ?? Number.POSITIVE_INFINITY, NARROWEST);
  return { grid, notes: Math.min(grid, WIDEST_NOTES) };
}
/** Figures without an interval of their own never show more digits than this. */
const DERIVED_DIGITS = 3;

/**
 * A result document as a table with its footnotes, ending in a newline.
 *
 * Where the width doesn't do for every column, those that say the same in each
 * row move above the table first; then the least important ones are left out,
 * and a footnote names them.
 */
export function renderTable(document: ResultDocument, options: TableOptions = {}): string {
  const width = widthsFor(options);
  const style = createStyle(options.color ?? false);
  const cells = document.results;
  if (cells.length === 0) {
    return `No results.\n${renderNotes(tableNotes(document, []), width.notes, style)}\n`;
  }
  const { columns, common, leftOut } = fitted(columnsOf(cells), width.grid);
  const first = columns.findIndex((column) => column.kind === 'figure');
  const grid = renderGrid(columns, remarksOf(cells, first), {
    heading: style.bold,
    remark: style.warn,
  });
  const above = common.map((column) => `${column.name} ${valuesOf(column)[0]}`).join(' · ');
  const notes = renderNotes(tableNotes(document, leftOut), width.notes, style);
  return `${above === '' ? '' : `${above}\n\n`}${grid}\n\n${notes}\n`;
}

/** A column, and what may become of it where there is no room. */
interface TableColumn extends Column {
  /** `place` columns say what a row is about, `figure` columns what was measured. */
  readonly kind: 'place' | 'figure';
  /** Rows without figures, whose cells say nothing about the column. */
  readonly blank: ReadonlySet<number>;
}

interface Fitted {
  readonly columns: readonly TableColumn[];
  /** The same in all rows, so said once. */
  readonly common: readonly TableColumn[];
  /** Names of columns that had to go. */
  readonly leftOut: readonly string[];
}

const USER = 'user time per trip';
const SYSTEM = 'system time per trip';
/** Takes the place of the two where there is no room for both: their sum is what is exact. */
const CPU = 'CPU time per trip';

/** Said above the table when all rows agree, in this order. */
const SAID_ONCE = ['trials', 'wait', 'placement'];
/** Left out in this order. */
const LEFT_OUT = [
  ['MB/s'],
  ['p99.9'],
  ['round trips/s'],
  ['trials'],
  ['switches per trip'],
  [USER, SYSTEM],
  ['p99'],
  [CPU],
];

function fitted(all: readonly TableColumn[], width: number): Fitted {
  let columns = all.filter((column) => column.name !== CPU);
  const common: TableColumn[] = [];
  const leftOut: string[] = [];
  for (const name of SAID_ONCE) {
    if (gridWidth(columns) <= width) break;
    const column = columns.find((candidate) => candidate.name === name);
    if (column === undefined || !isConstant(column)) continue;
    common.unshift(column);
    columns = columns.filter((other) => other !== column);
  }
  for (const names of LEFT_OUT) {
    if (gridWidth(columns) <= width) break;
    const going = columns.filter((column) => names.includes(column.name));
    const cpu = all.filter((column) => column.name === CPU && names.includes(USER));
    columns = [...columns.filter((column) => !going.includes(column)), ...cpu];
    leftOut.push(...going.map((column) => column.name));
  }
  return { columns, common, leftOut };
}

function isConstant(column: TableColumn): boolean {
  return new Set(valuesOf(column)).size === 1;
}

function valuesOf(column: TableColumn): string[] {
  return column.cells.filter((_, row) => !column.blank.has(row));
}

function columnsOf(cells: readonly CellResult[]): TableColumn[] {
  const blank = new Set(cells.flatMap((cell, row) => (cell.status === 'ok' ? [] : [row])));
  const place = (
    name: string,
    align: Column['align'],
    text: (cell: CellResult) => string,
  ): TableColumn => ({
    ...{ name, align, kind: 'place', heading: [name], blank: new Set() },
    cells: cells.map(text),
  });
  const figure = (
    name: string,
    heading: readonly string[],
    text: (cell: CellResult) => string,
  ): TableColumn => ({
    ...{ name, heading, blank, kind: 'figure', align: 'right' },
    cells: cells.map((cell) => (cell.status === 'ok' ? text(cell) : '')),
  });
  return [
    place('mechanism', 'left', mechanism),
    place('size', 'right', (cell) => size(cell.size_bytes)),
    place('placement', 'left', (cell) => cell.placement),
    place('wait', 'left', (cell) => cell.wait),
    figure('median RTT', ['median RTT', '[95 % CI]'], medianText),
    figure('p99', ['p99'], (cell) => percentileText(cell, 'p99')),
    figure('p99.9', ['p99.9'], (cell) => percentileText(cell, 'p999')),
    figure('round trips/s', ['round', 'trips/s'], rateText),
    figure('MB/s', ['MB/s'], megabytesText),
    figure(USER, ['user', '/trip'], (cell) => timeText(cell, (peer) => peer.user_us)),
    figure(SYSTEM, ['system', '/trip'], (cell) => timeText(cell, (peer) => peer.system_us)),
    figure(CPU, ['CPU', '/trip'], (cell) =>
      timeText(cell, (peer) => peer.user_us + peer.system_us),
    ),
    figure('switches per trip', ['switches', '/trip'], switchesText),
    figure('trials', ['trials'], trialsText),
  ];
}

function remarksOf(cells: readonly CellResult[], from: number): Remark[] {
  return cells.flatMap((cell, row) => {
    if (cell.status === 'ok') return [];
    const what = cell.status === 'unavailable' ? 'not available' : 'failed';
    const remedy = cell.remedy === null ? '' : ` (${cell.remedy})`;
    return [{ row, from, text: `${what}: ${cell.reason ?? 'no reason known'}${remedy}` }];
  });
}

function mechanism(cell: CellResult): string {
  const options = Object.entries(cell.options).map(([name, value]) => ` ${name}=${value}`);
  return cell.probe + options.join('');
}

function medianText({ rtt_ns: rtt }: CellResult): string {
  if (rtt === null) return '';
  const place = lastPlace(rtt.median, halfWidth(rtt.ci95));
  return durationWithInterval(rtt.median, rtt.ci95, place);
}

function percentileText(cell: CellResult, which: 'p99' | 'p999'): string {
  const value = cell.rtt_ns?.[which] ?? null;
  if (value === null) return '';
  const spread = halfRange(cell.per_trial.map((trial) => trial[`${which}_ns`]));
  const mark = (cell.batch ?? 1) > 1 ? '*' : '';
  return duration(value, lastPlace(value, spread, DERIVED_DIGITS)) + mark;
}

function rateText(cell: CellResult): string {
  if (cell.ops_per_s === null) return '';
  return multiple(cell.ops_per_s, ratePlace(cell, cell.ops_per_s));
}

function megabytesText(cell: CellResult): string {
  if (cell.bytes_per_s === null) return '';
  const place = ratePlace(cell, cell.bytes_per_s);
  return atPlace(cell.bytes_per_s / 1e6, place - 6);
}

/** Both rates are the same figure in different units: their trials spread alike. */
function ratePlace(cell: CellResult, rate: number): number {
  const perTrial = cell.per_trial.map((trial) =>
    trial.ops === null || !trial.window_ns ? null : (trial.ops * 1e9) / trial.window_ns,
  );
  const relative = (halfRange(perTrial) ?? 0) / (cell.ops_per_s ?? 1);
  return lastPlace(rate, relative * rate, DERIVED_DIGITS);
}

type Usage = CellResult['usage'];
type PeerFigure = (peer: NonNullable<Usage>['client']) => number;

function timeText(cell: CellResult, microseconds: PeerFigure): string {
  const ns: PeerFigure = (peer) => microseconds(peer) * 1000;
  const value = perTrip(cell.usage, ns);
  if (value === null) return '';
  const spread = halfRange(cell.per_trial.map((trial) => perTrip(trial.usage, ns)));
  return duration(value, lastPlace(value, spread, DERIVED_DIGITS));
}

function switchesText(cell: CellResult): string {
  const value = perTrip(cell.usage, (peer) => peer.voluntary_switches + peer.involuntary_switches);
  if (value === null) return '';
  // A few switches in a million trips are noise of the machine, but they aren't none.
  return value > 0 && value < 0.005 ? '<0.01' : value.toFixed(2);
}

/** Both peers together, each by the operations that it counted itself. */
function perTrip(usage: Usage, figure: PeerFigure): number | null {
  if (usage === null || usage.client.ops === 0 || usage.server.ops === 0) return null;
  return figure(usage.client) / usage.client.ops + figure(usage.server) / usage.server.ops;
}

function trialsText(cell: CellResult): string {
  const { trials, trials_planned: planned } = cell;
  return planned === null || planned === trials ? `${trials}` : `${trials}/${planned}`;
}
