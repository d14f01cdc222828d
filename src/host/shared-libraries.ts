import { dirname, isAbsolute, join } from 'node:path';
import type { Elf } from './elf.js';

/** Where the dynamic linker looks, beside what its configuration and the environment say. */
const USUAL = ['/lib', '/usr/lib', '/lib64', '/usr/lib64'];
const TRIPLETS: Readonly<Record<string, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};
const CONFIGURATION = '/etc/ld.so.conf';

/** Files, as far as looking for libraries needs them. */
export interface LibraryFiles {
  /** Null for what is no ELF file or can't be read. */
  elf(path: string): Elf | null;
  /** Null when it can't be read. */
  text(path: string): string | null;
  /** Empty when it can't be read. */
  list(folder: string): readonly string[];
}

/** A library of a program, with the libraries that it needs itself. */
export interface Library {
  readonly name: string;
  readonly elf: Elf;
}

/**
 * The libraries that the dynamic linker loads with a program, each once; one that isn't found is
 * left out.
 *
 * @param path of the program
 */
export function librariesOf(
  program: Elf,
  path: string,
  files: LibraryFiles,
  env: NodeJS.ProcessEnv,
): Library[] {
  const folders = [...(env.LD_LIBRARY_PATH ?? '').split(':'), ...systemFolders(files)].filter(
    (folder) => folder !== '',
  );
  const found = new Map<string, Library>();
  const queue = [{ elf: program, home: dirname(path) }];
  for (const { elf, home } of queue) {
    const own = elf.searchPath.map((folder) => folder.replaceAll(/\$\{?ORIGIN\}?/g, home));
    for (const name of elf.needed) {
      if (found.has(name)) continue;
      const library = firstOf(name, [...own, ...folders], files);
      if (library === null) continue;
      found.set(name, { name, elf: library.elf });
      queue.push({ elf: library.elf, home: dirname(library.path) });
    }
  }
  return [...found.values()];
}

function firstOf(
  name: string,
  folders: readonly string[],
  files: LibraryFiles,
): { path: string; elf: Elf } | null {
  const paths = isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name));
  for (const path of paths) {
    const elf = files.elf(path);
    if (elf !== null) return { path, elf };
  }
  return null;
}

function systemFolders(files: LibraryFiles): string[] {
  const triplet = TRIPLETS[process.arch];
  const multiarch = triplet === undefined ? [] : [`/lib/${triplet}`, `/usr/lib/${triplet}`];
  return [...configured(CONFIGURATION, files, 0), ...multiarch, ...USUAL];
}

/** Folders of ld.so.conf and of what it includes. */
function configured(path: string, files: LibraryFiles, depth: number): string[] {
  const lines = (files.text(path) ?? '').split('\n').map((line) => line.replace(/#.*/, '').trim());
  return lines.flatMap((line) => {
    const pattern = /^include\s+(\S+)$/.exec(line)?.[1];
    if (pattern === undefined) return line.startsWith('/') ? [line] : [];
    if (depth > 0 || !pattern.endsWith('/*.conf')) return [];
    const folder = dirname(pattern);
    const names = files.list(folder).filter((name) => name.endsWith('.conf'));
    return names.flatMap((name) => configured(join(folder, name), files, depth + 1));
  });
}
