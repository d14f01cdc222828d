import { formatDocument } from '../store/format.js';
import type { ResultDocument } from '../store/schema.js';

/**
 * A result document as JSON: the same text as in the file of a run. Keys in
 * the schema's order, two spaces, a newline at the end.
 */
export function renderJson(document: ResultDocument): string {
  return formatDocument(document);
}

/** One document as it was saved; several as a list of them, piece by piece. */
export function* jsonChunks(documents: readonly ResultDocument[]): Generator<string> {
  const [only] = documents;
  if (only !== undefined && documents.length === 1) {
    yield renderJson(only);
    return;
  }
  yield '[\n';
  for (const [i, document] of documents.entries()) {
    yield renderJson(document).trimEnd() + (i === documents.length - 1 ? '\n' : ',\n');
  }
  yield ']\n';
}
