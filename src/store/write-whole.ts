import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  type FileHandle,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../errors.js';

/** What a file holds: a text, or pieces that are made while they are written. */
export type Content = string | Iterable<string | Uint8Array>;

/**
 * Writes a file so that readers, a crash or a full disk never leave half of it:
 * a temporary file beside it, flushed, then renamed over it. An existing file
 * keeps its content until the new one is complete.
 *
 * A name that isn't a regular file (`/dev/stdout`, a named pipe) is written
 * directly, for there is nothing to replace; a symbolic link is followed.
 *
 * @throws UserError when the place can't be written to, with what to do
 */
export async function writeWhole(path: string, content: Content): Promise<void> {
  try {
    const existing = await kindOf(path);
    if (existing === 'directory') {
      throw new UserError(`${path} is a directory, not a file.`, [
        'Give the name of a file in it.',
      ]);
    }
    if (existing === 'special') await writeDirectly(path, content);
    else await replace(existing === 'file' ? await realpath(path) : resolve(path), content);
  } catch (error) {
    throw explained(error, path);
  }
}

/**
 * Removes temporary files in a directory that a dead process of this machine
 * left there. Files of living processes and of other machines stay.
 */
export async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const owner = TEMPORARY.exec(name)?.groups;
    if (owner === undefined || owner.host !== hostLabel()) continue;
    const path = join(directory, name);
    if (isAlive(Number(owner.pid)) && !(await isOlderThanADay(path))) continue;
    await rm(path, { force: true });
  }
}

/** Names as made by `temporaryName`: hidden, so that no listing of results takes them for one. */
const TEMPORARY = /^\.ipcbench-(?<host>[A-Za-z0-9-]*)-(?<pid>\d+)-[0-9a-f]{8}\.tmp$/;

function temporaryName(): string {
  return `.ipcbench-${hostLabel()}-${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
}

/** Results may lie on a shared file system, where another machine's process numbers mean nothing here. */
function hostLabel(): string {
  return hostname()
    .replaceAll(/[^A-Za-z0-9]/g, '-')
    .slice(0, 64);
}

async function replace(target: string, content: Content): Promise<void> {
  const directory = dirname(target);
  const temporary = join(directory, temporaryName());
  try {
    const file = await open(temporary, 'wx', 0o666);
    await writeAndFlush(file, content);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await flushDirectory(directory);
}

async function writeAndFlush(file: FileHandle, content: Content): Promise<void> {
  try {
    await writeFile(file, content, 'utf8');
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a new name in it durable. The file is whole already, so a refusal is no failure. */
export async function flushDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => null);
  if (handle === null) return;
  await handle.sync().catch(() => {});
  await handle.close();
}

async function writeDirectly(path: string, content: Content): Promise<void> {
  const file = await open(path, 'w');
  try {
    await writeFile(file, content, 'utf8');
  } finally {
    await file.close();
  }
}

async function kindOf(path: string): Promise<'file' | 'directory' | 'special' | 'none'> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return 'directory';
    return found.isFile() ? 'file' : 'special';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'none';
    throw error;
  }
}

async function isOlderThanADay(path: string): Promise<boolean> {
  // Nobody writes for a day: the number has been given to another process since.
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > 24 * 60 * 60 * 1000;
}

/** Whether there is a process of this number, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** The errno name of a file system error, or null for any other error. */
export function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

function explained(error: unknown, path: string): unknown {
  const directory = dirname(resolve(path));
  switch (codeOf(error)) {
    case 'ENOENT':
      return existsSync(directory)
        ? new UserError(`Can't write ${path}: ${directory} takes no files.`, [
            'Choose another place with --output FILE.',
          ])
        : new UserError(`Can't write ${path}: the directory ${directory} doesn't exist.`, [
            'Create it, or choose another place with --output FILE.',
          ]);
    case 'ENOTDIR':
      return new UserError(`Can't write ${path}: part of its path is not a directory.`, [
        'Choose another place with --output FILE.',
      ]);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new UserError(`Can't write ${path}: no permission to write in ${directory}.`, [
        'Choose another place with --output FILE, or set IPCBENCH_RESULTS to a directory of yours.',
      ]);
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new UserError(`Can't write ${path}: there is no space left in ${directory}.`, [
        'Make room, or choose another place with --output FILE.',
      ]);
    case 'ENAMETOOLONG':
      return new UserError(`Can't write ${path}: the name is too long.`, [
        'Choose a shorter name with --output FILE.',
      ]);
    default:
      return error;
  }
}
