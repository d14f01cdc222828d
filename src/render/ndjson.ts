import type { ResultDocument } from '../store/schema.js';
import { chunked } from './chunks.js';
import { optionsRecord, type TidyLevel, tidyTable } from './tidy.js';

const LINES_AT_ONCE = 1000;

/**
 * Result documents as newline-delimited JSON, piece by piece: one object per observation, with the
 * columns of the CSV as its fields. Missing is null, never 0 and never absent; options are an object.
 */
export function* ndjsonChunks(
  documents: readonly ResultDocument[],
  level: TidyLevel,
): Generator<string> {
  const { columns, rows } = tidyTable(documents, level);
  const names = columns.map(({ name }) => name);
  for (const chunk of chunked(rows(), LINES_AT_ONCE)) {
    const lines = chunk.map((row) => {
      const entries = names.map((name, i) => {
        const field = row[i] ?? null;
        return [name, name === 'options' ? optionsRecord(field) : field];
      });
      return `${JSON.stringify(Object.fromEntries(entries))}\n`;
    });
    yield lines.join('');
  }
}
