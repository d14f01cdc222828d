import { access, constants, mkdir, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../errors.js';
import type { ResultDocument } from '../store/schema.js';

/** Where a run's document goes. */
export interface Destination {
  /** Saves the document over its earlier state; returns the path of the file. */
  save(document: ResultDocument): Promise<string>;
}

/**
 * Opens the destination, and checks before anything is measured that it can be written.
 *
 * @param output the file that was asked for; absent = the directory of results
 * @throws UserError when it can't be written
 */
export async function openDestination(
  output: string | undefined,
  resultsDirectory: string,
): Promise<Destination> {
  const { ResultStore, writeWhole } = await import('../store/store.js');
  if (output === undefined) {
    await checkDirectory(resultsDirectory);
    return new ResultStore(resultsDirectory);
  }
  const path = resolve(output);
  await checkFile(path);
  const { formatDocument } = await import('../store/format.js');
  return {
    save: async (document) => {
      await writeWhole(path, formatDocument(document));
      return path;
    },
  };
}

async function checkDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    await tryWriting(directory);
  } catch (error) {
    throw cannotWrite(directory, error, 'Set IPCBENCH_RESULTS to a directory of yours.');
  }
}

async function checkFile(path: string): Promise<void> {
  const hint = 'Name a file in a directory that exists and that you may write to.';
  try {
    const existing = await stat(path).catch(() => null);
    if (existing && !existing.isFile()) throw new Error('it is no regular file');
    if (existing) await access(path, constants.W_OK);
    // The file is replaced as a whole, so its directory is written to as well.
    if (!(await stat(dirname(path))).isDirectory()) throw new Error('its folder is no directory');
    await tryWriting(dirname(path));
  } catch (error) {
    throw cannotWrite(path, error, hint);
  }
}

/** Permissions don't tell everything: a file system may be full or read-only. */
async function tryWriting(directory: string): Promise<void> {
  const path = join(directory, `.ipcbench-check-${process.pid}`);
  await writeFile(path, '', { flag: 'wx' });
  await unlink(path);
}

function cannotWrite(path: string, error: unknown, hint: string): UserError {
  const code = (error as NodeJS.ErrnoException).code;
  return new UserError(`Can't write to ${path}: ${code ?? (error as Error).message}.`, [hint]);
}
