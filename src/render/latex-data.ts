import { operationTimes } from '../store/operation.js';
import type { CellResult } from '../store/schema.js';
import { groupBy } from './group.js';
import { rowNames, splitColumns } from './latex-rows.js';
import { commandName, texText } from './latex-text.js';
import { placementText, placeText } from './place.js';
import { atPlace, halfWidth, lastPlace } from './quantity.js';
import type { ReportRow, ReportTable } from './report-table.js';

/** A file that pgfplots reads: a line of names, then one row each; missing is nan. */
export interface DataFile {
  readonly name: string;
  readonly text: string;
}

/** Rows with figures, in the order of the table. */
export function measuredRows(table: ReportTable): MeasuredRow[] {
  const names = rowNames(table);
  const telling = splitColumns(table).shown.filter(({ kind }) => kind === 'place');
  return table.rows.flatMap((row, i) => {
    if (operationTimes(row.cell) === null) return [];
    const words = telling.map(({ cells }) => cells[i] ?? '').filter((text) => text !== '');
    return [{ row, label: names[i] ?? '', short: words.join(', ') }];
  });
}

/** A row of a table, and its names: one for any table, one for this table. */
export interface MeasuredRow {
  readonly row: ReportRow;
  readonly label: string;
  readonly short: string;
}

const COLUMNS = [
  ...['number', 'label', 'short', 'mechanism', 'size_bytes', 'placement', 'wait', 'clients'],
  ...['median_us', 'minus_us', 'plus_us', 'p99_us', 'ops_per_s'],
] as const;

/** Rows of a figure: the reference, which does nothing, would stretch its axis. */
export function drawnRows(table: ReportTable): MeasuredRow[] {
  const all = measuredRows(table);
  const others = all.filter(({ row }) => row.cell.probe !== 'null');
  return others.length === 0 ? all : others;
}

/** All rows with figures, numbered as they are drawn, medians in microseconds with the distances to the ends of their intervals. */
export function cellData(table: ReportTable): DataFile {
  const drawn = drawnRows(table).map(({ row }) => row);
  const lines = measuredRows(table).map(({ row, row: { cell }, label, short }) => [
    drawn.includes(row) ? String(drawn.indexOf(row) + 1) : 'nan',
    `{${texText(label)}}`,
    `{${texText(short)}}`,
    `{${texText(cell.probe)}}`,
    cell.pattern === 'connect' ? 'nan' : String(cell.size_bytes),
    `{${texText(placementText(cell))}}`,
    `{${texText(cell.wait)}}`,
    String(cell.clients),
    ...medianFields(cell),
    number(operationTimes(cell)?.p99 ?? null, 3, 1e3),
    number(cell.ops_per_s, 3, 1),
  ]);
  const name = `ipcbench-${commandName(table.pattern).toLowerCase()}.dat`;
  return { name, text: textOf(COLUMNS, lines) };
}

/** Medians of one mechanism at several sizes. */
export interface SweepData extends DataFile {
  /** The mechanism, and what sets it apart from the other curves. */
  readonly label: string;
  /** In bytes, rising. */
  readonly sizes: readonly number[];
}

/** A file for each mechanism that was measured at two sizes or more, everything else being equal. */
export function sweepData(table: ReportTable): SweepData[] {
  if (table.pattern === 'connect') return [];
  const measured = measuredRows({
    ...table,
    columns: table.columns.filter(({ name }) => name !== 'size'),
  });
  const several = new Set(table.rows.map(({ document }) => document.run.id)).size > 1;
  const series = [...groupBy(measured, ({ row }) => seriesName(row, several))]
    .map(([name, rows]) => ({ name, rows, sizes: sizesOf(rows) }))
    .filter(({ sizes }) => sizes.length > 1);
  return series.map(({ name, rows, sizes }, i) => {
    const rising = [...rows].sort((a, b) => a.row.cell.size_bytes - b.row.cell.size_bytes);
    const lines = rising.map(({ row: { cell } }) => [
      String(cell.size_bytes),
      ...medianFields(cell),
    ]);
    const clash = series.findIndex((other) => fileSafe(other.name) === fileSafe(name)) !== i;
    const base = `ipcbench-${fileSafe(table.pattern)}-${fileSafe(name)}`;
    return {
      name: `${base}${clash ? `-${i + 1}` : ''}.dat`,
      ...{ label: rows[0]?.short ?? name, sizes },
      text: textOf(['size_bytes', 'median_us', 'minus_us', 'plus_us'], lines),
    };
  });
}

function sizesOf(rows: readonly MeasuredRow[]): number[] {
  return [...new Set(rows.map(({ row }) => row.cell.size_bytes))].sort((a, b) => a - b);
}

function fileSafe(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
}

/** What the cells of a curve have in common: all but the size. */
function seriesName({ cell, document }: ReportRow, several: boolean): string {
  // A connection has no size, so that its place is told without one.
  const place = placeText({ ...cell, pattern: 'connect' });
  const clients = cell.clients > 1 ? [`${cell.clients} clients`] : [];
  return [cell.probe, place, ...clients, ...(several ? [document.run.id] : [])].join(', ');
}

/** Median, and how far below and above it the interval reaches; as many digits as that bears out. */
function medianFields(cell: CellResult): string[] {
  const times = operationTimes(cell);
  if (times === null) return ['nan', 'nan', 'nan'];
  const { median, ci95 } = times;
  const place = lastPlace(median, halfWidth(ci95)) - 3;
  const us = (ns: number) => atPlace(ns / 1000, place);
  if (ci95 === null) return [us(median), '0', '0'];
  // A digit more, or a distance of less than one step would be none.
  const distance = (ns: number) => atPlace(Math.max(0, ns) / 1000, place - 1);
  // A logarithmic axis has no 0, where an interval may end.
  const below = Math.min(median - ci95[0], median * 0.999);
  return [us(median), distance(below), distance(ci95[1] - median)];
}

function number(value: number | null, digits: number, divisor: number): string {
  if (value === null) return 'nan';
  return String(Number((value / divisor).toPrecision(digits)));
}

function textOf(heads: readonly string[], lines: readonly (readonly string[])[]): string {
  return `${[heads, ...lines].map((line) => line.join(' ')).join('\n')}\n`;
}
