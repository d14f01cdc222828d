import { readFile } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { codeOf } from './write-whole.js';

/**
 * The text of a file that the user named.
 *
 * @throws UserError when it can't be read
 */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UserError(`Can't read ${path}: ${codeOf(error) ?? String(error)}.`, [
      'Check that it is a file and that you may read it.',
    ]);
  }
}
