import { placeText } from './place.js';
import { headingText, type ReportTable } from './report-table.js';
import type { TableColumn } from './table-columns.js';

/** A median and its interval, as tables write them: `5.21 µs [5.18 .. 5.25]`. */
const WITH_INTERVAL = /^(.*?) \[(?:([^ \]]+) \.\. ([^ \]]+)|n\/a)\]$/;
/** Batches are told in the notes. */
const MARK = /\*$/;

/** Text of a median in its parts; the ends are in the unit of the value. */
export interface MedianParts {
  readonly value: string;
  readonly ends: readonly [low: string, high: string] | null;
}

/** Takes `5.21 µs [5.18 .. 5.25]` apart; null for a text without an interval. */
export function medianParts(text: string): MedianParts | null {
  const [whole, value = '', low, high] = WITH_INTERVAL.exec(text) ?? [];
  if (whole === undefined) return null;
  return { value, ends: low === undefined || high === undefined ? null : [low, high] };
}

/** Whether a figure refers to the note about batches. */
export function isMarked(text: string): boolean {
  return MARK.test(text);
}

/** A figure of a table without the mark of a note. */
export function plainFigure(text: string): string {
  return text.replace(MARK, '');
}

/** Columns in which rows differ, and what is the same in all of them. */
export interface SplitColumns {
  readonly shown: readonly TableColumn[];
  /** `placement two-cores`. */
  readonly common: readonly string[];
}

/** What is the same everywhere is said in the caption: a page has less room than a terminal. */
export function splitColumns({ columns, rows }: ReportTable): SplitColumns {
  const shown: TableColumn[] = [];
  const common: string[] = [];
  for (const column of columns) {
    const values = new Set(column.cells.filter((_, row) => !column.blank.has(row)));
    const [value] = values;
    const constant = values.size === 1 && rows.length > 1 && column.name !== 'mechanism';
    const said = column.kind === 'place' || column.name === 'trials';
    if (!(constant && said)) shown.push(column);
    else if (value !== undefined && value !== '' && value !== '–') {
      common.push(`${headingText(column)} ${value}`);
    }
  }
  return { shown, common };
}

/** Names of rows by their number, each its own: cells that are told apart by nothing get their numbers. */
export function rowNames({ rows, pattern }: ReportTable, separator = ', '): string[] {
  const several = new Set(rows.map(({ document }) => document.run.id)).size > 1;
  const names = rows.map(({ cell, document }) =>
    [
      ...(several ? [document.run.id] : []),
      cell.probe,
      ...(pattern === 'echo' ? [] : [pattern]),
      placeText(cell),
      ...(cell.clients > 1 ? [`${cell.clients} clients`] : []),
    ].join(separator),
  );
  return names.map((name, i) =>
    names.indexOf(name) === i ? name : `${name}${separator}row ${i + 1}`,
  );
}
