import { Args, Flags } from '@oclif/core';
import type { ResultDocument } from './store/schema.js';

const REFERENCES = 'a file; a run id or its beginning; @latest; @-2 for the run before it';

/** The argument of commands that read one saved result. */
export const resultArg = Args.string({ description: REFERENCES, required: true });

/** The first argument of commands that read several. */
export const resultsArg = Args.string({
  description: `one or more: ${REFERENCES}`,
  required: true,
});

/**
 * The flag that chooses cells.
 *
 * @param lead what goes before its description
 */
export function cellFlag(lead = '') {
  return Flags.string({
    description: `${lead}cells by number from 1, or by probe, in a list`,
    defaultHelp: 'all',
    helpValue: 'LIST',
  });
}

/**
 * The results that were typed, in that order.
 *
 * @param root of the program, beside which results are kept unless the environment says where
 * @throws UserError for one that there isn't, or that is none
 */
export async function loadResults(
  references: readonly string[],
  root: string,
): Promise<ResultDocument[]> {
  const { ResultStore, resultsDirectory } = await import('./store/store.js');
  const store = new ResultStore(resultsDirectory(process.env, root));
  const documents: ResultDocument[] = [];
  for (const reference of references) documents.push(await store.load(reference));
  return documents;
}

/** The one result that was typed; see `loadResults`. */
export async function loadResult(reference: string, root: string): Promise<ResultDocument> {
  const [document] = await loadResults([reference], root);
  return document as ResultDocument;
}
