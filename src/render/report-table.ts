import type { CellResult, ResultDocument } from '../store/schema.js';
import { groupBy } from './group.js';
import { operationWords } from './operation-words.js';
import { type TableColumn, tableLayout } from './table-columns.js';
import { tableNotes } from './table-notes.js';
import { hostOf } from './tidy.js';

/** The cells of one pattern, of all documents, for formats that people read. */
export interface ReportTable {
  readonly pattern: string;
  /** What the pattern is, in a few words. */
  readonly title: string;
  /** Every one has a cell per row. */
  readonly columns: readonly TableColumn[];
  /** User and system time together, whose split is sampled but whose sum is exact. */
  readonly cpu: TableColumn;
  readonly rows: readonly ReportRow[];
}

export interface ReportRow {
  readonly document: ResultDocument;
  readonly cell: CellResult;
  /** Why there are no figures; null when there are. */
  readonly remark: string | null;
}

export interface Report {
  readonly tables: readonly ReportTable[];
  /** What a reader must know about the figures, each said once. */
  readonly notes: readonly string[];
}

/** Tables of all cells; several documents have columns that say which run, and which host where they differ. */
export function reportOf(documents: readonly ResultDocument[]): Report {
  const all = documents.flatMap((document) =>
    document.results.map((cell): ReportRow => ({ document, cell, remark: remarkOf(cell) })),
  );
  const tables = [...groupBy(all, ({ cell }) => cell.pattern)].map(([pattern, rows]) => {
    const { columns, cpu } = tableLayout(
      pattern,
      rows.map(({ cell }) => cell),
    );
    return {
      pattern,
      title: operationWords(pattern).title,
      columns: [...originColumns(documents, rows), ...columns],
      cpu,
      rows,
    };
  });
  return { tables, notes: notesOf(documents) };
}

/** The heading of a column on one line: `user/trip`, `median RTT [95 % CI]`. */
export function headingText({ heading }: TableColumn): string {
  return heading.join(' ').replaceAll(' /', '/');
}

function originColumns(
  documents: readonly ResultDocument[],
  rows: readonly ReportRow[],
): TableColumn[] {
  const hosts = documents.map(({ run }) => hostOf(run) ?? 'unknown');
  const column = (name: string, text: (row: ReportRow) => string): TableColumn => ({
    ...{ name, heading: [name], align: 'left', kind: 'place', key: '', blank: new Set() },
    cells: rows.map(text),
  });
  return [
    ...(documents.length > 1 ? [column('run', ({ document }) => document.run.id)] : []),
    ...(new Set(hosts).size > 1
      ? [column('host', ({ document }) => hostOf(document.run) ?? 'unknown')]
      : []),
  ];
}

function remarkOf(cell: CellResult): string | null {
  if (cell.status === 'ok') return null;
  const what = cell.status === 'unavailable' ? 'not available' : 'failed';
  const remedy = cell.remedy === null ? '' : ` (${cell.remedy})`;
  return `${what}: ${cell.reason ?? 'no reason known'}${remedy}`;
}

function notesOf(documents: readonly ResultDocument[]): string[] {
  const notes = documents.flatMap((document) => {
    const patterns = groupBy(document.results, (cell) => cell.pattern);
    const whole = [...patterns].map(([pattern, cells]) => {
      const names = new Set(tableLayout(pattern, cells).columns.map(({ name }) => name));
      const shows = (name: string) => names.has(name);
      return { cells, leftOut: [], rowsHidden: 0, shows };
    });
    return [...tableNotes(document, whole), ...sourceNotes(document)];
  });
  return [...new Set(notes)];
}

function sourceNotes({ run }: ResultDocument): string[] {
  return run.source === undefined ? [] : [`${run.id}: published figures; source: ${run.source}.`];
}
