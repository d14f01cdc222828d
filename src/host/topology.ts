import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One processor (hardware thread) on which this process may run. */
export interface Processor {
  readonly cpu: number;
  /** Names its core across the machine; null = the kernel doesn't say. */
  readonly core: string | null;
  /** Physical package; null = the kernel doesn't say. */
  readonly package: number | null;
}

/** The processors that this process may use. */
export interface Topology {
  /** In rising order of `cpu`. */
  readonly processors: readonly Processor[];
}

/**
 * Reads the kernel's list format: `0-3,8,10-11`.
 *
 * @returns numbers in rising order; empty for an empty list
 */
export function parseCpuList(text: string): number[] {
  const cpus = new Set<number>();
  for (const part of text.trim().split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    if (!match) continue;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    for (let cpu = first; cpu <= last; cpu++) cpus.add(cpu);
  }
  return [...cpus].sort((a, b) => a - b);
}

/** The allowed processors of a /proc/PID/status text, or null when it has no such line. */
export function parseAllowedCpus(status: string): number[] | null {
  const list = /^Cpus_allowed_list:\s*(\S*)/m.exec(status)?.[1];
  return list === undefined ? null : parseCpuList(list);
}

/**
 * Reads the topology of the processors that this process may use.
 *
 * @param root where /proc and /sys are found, for tests
 */
export function readTopology(root = '/'): Topology {
  const read = (path: string) => readText(join(root, path));
  const allowed = parseAllowedCpus(read('proc/self/status') ?? '');
  const onlineText = read('sys/devices/system/cpu/online');
  const online = onlineText === null ? null : new Set(parseCpuList(onlineText));
  const usable = (allowed ?? [...(online ?? [0])]).filter((cpu) => online?.has(cpu) ?? true);
  return {
    processors: usable.map((cpu) => {
      const folder = `sys/devices/system/cpu/cpu${cpu}/topology`;
      const coreId = readNumber(read(`${folder}/core_id`));
      const packageId = readNumber(read(`${folder}/physical_package_id`));
      const core = coreId === null ? null : `${packageId ?? '?'}:${coreId}`;
      return { cpu, core, package: packageId };
    }),
  };
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function readNumber(text: string | null): number | null {
  const match = text === null ? null : /^-?\d+/.exec(text.trim());
  return match ? Number(match[0]) : null;
}
