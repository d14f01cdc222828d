import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ReadPart } from './elf.js';

/** Interpreters that a script may lead to, one after the other, as in the kernel. */
const DEPTH_MAX = 5;
const SHEBANG_BYTES_MAX = 256;

/**
 * Finds a program as execvp does: by its path when it has a slash, else in PATH.
 *
 * @returns null when there is none that may be executed
 */
export function findProgram(name: string, env: NodeJS.ProcessEnv): string | null {
  if (name.includes('/')) return isExecutable(name) ? name : null;
  const folders = (env.PATH ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter);
  const paths = folders.map((folder) => join(folder === '' ? '.' : folder, name));
  return paths.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Calls `use` with a reader of the file's parts. */
export function withFile<T>(path: string, use: (read: ReadPart) => T): T {
  const fd = openSync(path, 'r');
  try {
    return use((offset, length) => {
      const buffer = Buffer.alloc(length);
      return buffer.subarray(0, readSync(fd, buffer, 0, length, offset));
    });
  } finally {
    closeSync(fd);
  }
}

/**
 * The files that the kernel goes through to start a program: a script, its interpreter, ..., the
 * program itself as the last one. `/usr/bin/env NAME` is followed to NAME. Null in place of an
 * interpreter that isn't there.
 */
export function interpreterChain(path: string, env: NodeJS.ProcessEnv): (string | null)[] {
  const chain: (string | null)[] = [path];
  for (let at: string | null = path; at !== null && chain.length <= DEPTH_MAX; ) {
    const words = withFile(at, shebangOf);
    if (words === null) break;
    const next = interpreterOf(words, env);
    chain.push(...next);
    at = next.at(-1) ?? null;
  }
  return chain;
}

function interpreterOf([interpreter = '', ...words]: string[], env: NodeJS.ProcessEnv) {
  const found = findProgram(interpreter, env);
  if (found === null || !/\/env$/.test(interpreter)) return [found];
  const name = words.find((word) => !word.startsWith('-') && !word.includes('='));
  return name === undefined ? [found] : [found, findProgram(name, env)];
}

/** The words behind `#!`; /bin/sh for a text without it, as execvp takes it; null for a binary. */
function shebangOf(read: ReadPart): string[] | null {
  const start = read(0, SHEBANG_BYTES_MAX);
  if (start.subarray(0, 2).toString('latin1') === '#!') {
    const line = start.toString('utf8', 2).split('\n')[0] ?? '';
    return line.trim().split(/\s+/);
  }
  return start.includes(0) ? null : ['/bin/sh'];
}
