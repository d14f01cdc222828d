import { readFile } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { parseResultDocument } from './parse.js';
import type { ResultDocument } from './schema.js';
import { codeOf } from './write-whole.js';

/** What is wrong with a file; nothing = it is a whole result. */
export interface Validation {
  readonly path: string;
  readonly valid: boolean;
  readonly faults: readonly string[];
}

/** Checks a file against the schema, and what its figures say of each other. */
export async function validateFile(path: string): Promise<Validation> {
  const fault = (...faults: string[]) => ({ path, valid: faults.length === 0, faults });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return fault(`it can't be read: ${codeOf(error) ?? String(error)}`);
  }
  try {
    return fault(...contradictions(parseResultDocument(text, 'it')));
  } catch (error) {
    if (error instanceof UserError) return fault(error.message);
    throw error;
  }
}

/** What the schema can't say: figures that contradict each other. */
export function contradictions({ results }: ResultDocument): string[] {
  return results.flatMap((cell, index) => {
    const where = `results.${index} (${cell.probe})`;
    const measured = cell.per_trial.filter(({ status }) => status === 'ok');
    const lacking = measured.filter(({ median_ns }) => median_ns === null).length;
    return [
      ...(cell.per_trial.length > 0 && measured.length !== cell.trials
        ? [`${where}: trials is ${cell.trials}, but ${measured.length} of per_trial are ok`]
        : []),
      ...(lacking > 0 ? [`${where}: ${lacking} trials are ok without a median`] : []),
      ...(cell.status === 'ok' && cell.trials === 0 && cell.per_trial.length > 0
        ? [`${where}: its status is ok, but no trial is`]
        : []),
    ];
  });
}
