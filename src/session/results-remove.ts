import { access, unlink } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { UserError } from '../errors.js';
import { BaselineStore } from '../store/baselines.js';
import { ResultStore } from '../store/store.js';
import { savedOperand } from './compare-operand.js';

/**
 * Removes saved runs and baselines of a directory: all that was named, or nothing.
 *
 * @param loosely whether also what isn't named in full
 * @returns the paths of the files that were removed
 * @throws UserError for what isn't there or isn't in the directory
 */
export async function removeResults(
  references: readonly string[],
  directory: string,
  loosely: boolean,
): Promise<string[]> {
  const paths: string[] = [];
  for (const reference of references) paths.push(await pathOf(reference, directory, loosely));
  const distinct = [...new Set(paths)];
  for (const path of distinct) await unlink(path);
  return distinct;
}

async function pathOf(reference: string, directory: string, loosely: boolean): Promise<string> {
  const { ref, baseline } = savedOperand(reference);
  if (baseline !== null) {
    const baselines = new BaselineStore(directory);
    const path = baselines.path(baseline);
    // Says which baselines there are.
    await access(path).catch(() => baselines.load(baseline));
    return path;
  }
  const path = await new ResultStore(directory).resolve(ref ?? '');
  if (dirname(path) !== resolve(directory)) {
    throw new UserError(`${path} is not in ${directory}.`, [
      'Only saved runs and baselines are removed here; remove other files yourself.',
    ]);
  }
  const id = basename(path, '.json');
  if (reference === id || loosely) return path;
  throw new UserError(`"${reference}" means run ${id}: not removed without --yes.`, [
    `Give --yes, or the id: ipcbench results rm ${id}`,
  ]);
}
