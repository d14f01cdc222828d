import { existsSync } from 'node:fs';
import { UserError } from '../errors.js';
import { nativeFiles } from './native-files.js';

export const BUILD_LIBRARY = 'npm run build:native';

/** The library of Fast Sockets: what `IPCBENCH_FASTSOCK` names, else that of the native part. */
export function libraryPath(env: NodeJS.ProcessEnv): string {
  return env.IPCBENCH_FASTSOCK || nativeFiles(env).library;
}

/** Why the library can't be preloaded, and what to do; null = nothing is known against it. */
export function libraryProblem(
  path: string,
): { readonly reason: string; readonly remedy: string } | null {
  // The dynamic linker splits the variable at both, and has no way to quote them.
  if (/[\s:]/.test(path)) {
    return {
      reason: `LD_PRELOAD can't hold the path ${path}: it has a blank or a colon`,
      remedy: 'IPCBENCH_FASTSOCK=PATH names a copy elsewhere',
    };
  }
  if (existsSync(path)) return null;
  return { reason: 'the Fast Sockets library is not built', remedy: BUILD_LIBRARY };
}

/** @throws UserError when the library can't be preloaded */
export function requireLibrary(path: string): void {
  const problem = libraryProblem(path);
  if (problem === null) return;
  const { reason, remedy } = problem;
  throw new UserError(`${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`, [
    remedy === BUILD_LIBRARY ? `Build the native part: ${remedy}` : `${remedy}.`,
  ]);
}

/** The value of LD_PRELOAD with the library in front of what is preloaded already. */
export function preloadValue(library: string, already: string | undefined): string {
  return already === undefined || already === '' ? library : `${library}:${already}`;
}
