import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../errors.js';
import { type Content, codeOf, writeWhole } from './write-whole.js';

/** A file to write; without a path it goes to standard output. */
export interface FileToWrite {
  readonly path: string | undefined;
  readonly content: Content;
  /** Folders above it are made when they aren't there. */
  readonly inFolder: boolean;
}

/**
 * Writes files one after the other, each whole or not at all; what goes to standard output no
 * faster than it is read.
 *
 * @throws UserError when one can't be written; those before it are there
 */
export async function writeFiles(files: Iterable<FileToWrite>): Promise<void> {
  for (const { path, content, inFolder } of files) {
    if (path === undefined) {
      await print(content);
      continue;
    }
    if (inFolder) await makeFolder(dirname(path));
    await writeWhole(path, content);
  }
}

async function print(content: Content): Promise<void> {
  try {
    for (const piece of typeof content === 'string' ? [content] : content) {
      if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
    }
  } catch (error) {
    // The reader has had enough, as head has.
    if (codeOf(error) !== 'EPIPE') throw error;
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    const code = codeOf(error);
    if (code === null) throw error;
    throw new UserError(`Can't make the folder ${path}: ${code}.`, [
      'Choose another place with --output.',
    ]);
  }
}
