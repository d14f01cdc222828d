import { parseWords } from '../plan/lists.js';
import type { ResultDocument } from '../store/schema.js';

/**
 * A document with the cells of some probes.
 *
 * @param list names, separated by commas; absent = all
 * @throws UserError for a probe that the result hasn't
 */
export function withProbes(document: ResultDocument, list: string | undefined): ResultDocument {
  if (list === undefined) return document;
  const known = [...new Set(document.results.map(({ probe }) => probe))];
  const wanted = parseWords(list, known, '--probe');
  return { ...document, results: document.results.filter(({ probe }) => wanted.includes(probe)) };
}
