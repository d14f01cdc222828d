import type { ResultDocument } from '../store/schema.js';
import type { Report, ReportTable } from './report-table.js';
import type { TableColumn } from './table-columns.js';
import { hostOf } from './tidy.js';

/** a, b, ..., z, aa, ab */
export function letter(index: number): string {
  const rest = Math.floor(index / 26);
  return (rest > 0 ? letter(rest - 1) : '') + String.fromCharCode(97 + (index % 26));
}

/** Runs as tables call them, by their ids; none where there is one run only. */
export type RunLetters = ReadonlyMap<string, string>;

/** Capital letters for runs, in the order of the documents. */
export function runLetters(documents: readonly ResultDocument[]): RunLetters {
  const ids = [...new Set(documents.map(({ run }) => run.id))];
  if (ids.length < 2) return new Map();
  return new Map(ids.map((id, i) => [id, letter(i).toUpperCase()]));
}

/** A report whose tables name runs by letters, for ids and hosts would take a third of a page. */
export function withLetters(report: Report, letters: RunLetters): Report {
  if (letters.size === 0) return report;
  return { ...report, tables: report.tables.map((table) => lettered(table, letters)) };
}

function lettered(table: ReportTable, letters: RunLetters): ReportTable {
  const columns = table.columns.flatMap((column): TableColumn[] => {
    if (column.name === 'host') return [];
    if (column.name !== 'run') return [column];
    return [{ ...column, cells: table.rows.map(({ document }) => nameOf(document, letters)) }];
  });
  return { ...table, columns };
}

function nameOf({ run }: ResultDocument, letters: RunLetters): string {
  return letters.get(run.id) ?? run.id;
}

/** `A: run 20261121T031500Z-7f3a on workbench; B: …`, of the runs in a table; '' where there is one. */
export function lettersNote({ columns, rows }: ReportTable): string {
  const names = columns.find(({ name }) => name === 'run')?.cells ?? [];
  const runs = new Map(
    rows.map(({ document: { run } }, i) => [
      names[i] ?? '',
      `run ${run.id} on ${hostOf(run) ?? 'an unknown host'}`,
    ]),
  );
  return names.length === 0 ? '' : [...runs].map(([name, run]) => `${name}: ${run}`).join('; ');
}
