import { stringify } from 'csv-stringify/sync';
import type { ResultDocument } from '../store/schema.js';
import { chunked } from './chunks.js';
import { type TidyLevel, tidyTable } from './tidy.js';

export interface CsvOptions {
  /** `cell` unless given. */
  readonly level?: TidyLevel;
}

/** Lines that are made at once. */
const LINES_AT_ONCE = 1000;

/**
 * Result documents as tidy CSV (RFC 4180: CRLF, quotes doubled), piece by piece: one header in
 * snake_case with units, one observation per line, every line complete in itself. Missing is
 * empty, never 0; numbers are written in full.
 */
export function* csvChunks(
  documents: readonly ResultDocument[],
  { level = 'cell' }: CsvOptions = {},
): Generator<string> {
  const table = tidyTable(documents, level);
  yield linesOf([table.columns.map(({ name }) => name)]);
  for (const rows of chunked(table.rows(), LINES_AT_ONCE)) yield linesOf(rows);
}

/** A result document as one text of CSV; see `csvChunks`. */
export function renderCsv(document: ResultDocument, options: CsvOptions = {}): string {
  return [...csvChunks([document], options)].join('');
}

function linesOf(rows: readonly (readonly unknown[])[]): string {
  return stringify([...rows], {
    record_delimiter: 'windows',
    // A lone CR or LF isn't the delimiter, so it would go unquoted; readers take it for one.
    quoted_match: /[\r\n]/,
  });
}
