import type { HostFiles } from './files.js';

/** A cache for data, or for data and instructions. */
export interface Cache {
  /** 1 is the one next to the core. */
  readonly level: number;
  readonly size_bytes: number;
}

const CPU = 'sys/devices/system/cpu';
const UNIT_BYTES: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/**
 * The caches of these processors, by rising level and size, each kind once; null when the kernel
 * doesn't tell of any.
 */
export function readCaches(files: HostFiles, processors: readonly number[]): Cache[] | null {
  const kinds = new Map<string, Cache>();
  for (const cpu of processors) {
    const folder = `${CPU}/cpu${cpu}/cache`;
    for (const name of files.list(folder) ?? []) {
      const cache = readCache(files, `${folder}/${name}`);
      if (cache !== null) kinds.set(JSON.stringify(cache), cache);
    }
  }
  const caches = [...kinds.values()];
  caches.sort((a, b) => a.level - b.level || a.size_bytes - b.size_bytes);
  return caches.length === 0 ? null : caches;
}

function readCache(files: HostFiles, folder: string): Cache | null {
  const level = /^\d+$/.exec(files.read(`${folder}/level`) ?? '');
  const size = /^(\d+)([KMG])$/.exec(files.read(`${folder}/size`) ?? '');
  if (level === null || size === null) return null;
  if (files.read(`${folder}/type`) === 'Instruction') return null;
  return {
    level: Number(level[0]),
    size_bytes: Number(size[1]) * (UNIT_BYTES[size[2] as string] as number),
  };
}
