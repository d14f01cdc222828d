import { formatDocument } from '../store/format.js';
import type { ResultDocument } from '../store/schema.js';

/**
 * A result document as JSON: the same text as in the file of a run. Keys in
 * the schema's order, two spaces, a newline at the end.
 */
export function renderJson(document: ResultDocument): string {
  return formatDocument(document);
}
