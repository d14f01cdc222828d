import { type HostFiles, parseWhole } from './files.js';

/** Processors' worth of time that a control group allows; `none` = no limit that can be seen. */
export type CpuQuota = number | 'none' | null;

/**
 * The tightest quota of processor time of this process's control group and those above it, of
 * either version. Groups above a container's own root can't be seen.
 */
export function readCpuQuota(files: HostFiles): CpuQuota {
  const groups = parseGroups(files.read('proc/self/cgroup'));
  if (groups === null) return null;
  if (groups.cpu !== null) return version1(files, groups.cpu);
  return groups.unified === null ? null : version2(files, groups.unified);
}

/** Paths of this process's groups below their hierarchies' roots. */
function parseGroups(text: string | null): { cpu: string | null; unified: string | null } | null {
  if (text === null) return null;
  const pathOf = (pattern: RegExp) => pattern.exec(text)?.[1] ?? null;
  return {
    cpu: pathOf(/^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(.*)$/m),
    unified: pathOf(/^0::(.*)$/m),
  };
}

function version1(files: HostFiles, group: string): CpuQuota {
  return tightest(
    chain(group).map((path) => {
      const folder = `sys/fs/cgroup/cpu${path}`;
      const quota = parseWhole(files.read(`${folder}/cpu.cfs_quota_us`));
      const period = parseWhole(files.read(`${folder}/cpu.cfs_period_us`));
      if (quota === null) return null;
      if (quota < 0) return 'none';
      return period === null || period <= 0 ? null : quota / period;
    }),
  );
}

function version2(files: HostFiles, group: string): CpuQuota {
  const root = 'sys/fs/cgroup';
  const controllers = files.read(`${root}/cgroup.controllers`)?.split(' ') ?? [];
  const quota = tightest(
    chain(group).map((path) => parseMax(files.read(`${root}${path}/cpu.max`))),
  );
  // The root of the hierarchy has no such file, because nothing limits it.
  return quota ?? (controllers.includes('cpu') ? 'none' : null);
}

/** cpu.max: `max 100000` or `150000 100000`, in µs per period. */
function parseMax(text: string | null): CpuQuota {
  const match = /^(max|\d+) (\d+)$/.exec(text ?? '');
  if (!match) return null;
  return match[1] === 'max' ? 'none' : Number(match[1]) / Number(match[2]);
}

/** A group's path and those above it, the root as ''. */
function chain(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join('/')}`).concat('');
}

function tightest(quotas: readonly CpuQuota[]): CpuQuota {
  const numbers = quotas.filter((quota) => typeof quota === 'number');
  if (numbers.length > 0) return Math.min(...numbers);
  return quotas.includes('none') ? 'none' : null;
}

/** The soft limit of locked memory in bytes, from /proc/self/limits. */
export function parseMemlock(limits: string | null): number | 'unlimited' | null {
  const soft = /^Max locked memory\s+(\S+)/m.exec(limits ?? '')?.[1] ?? null;
  return soft === 'unlimited' ? soft : parseWhole(soft);
}

/** Swap space in KiB, total and in use, from /proc/swaps. */
export function parseSwap(swaps: string | null): { total_kib: number; used_kib: number } | null {
  if (swaps === null) return null;
  const rows = swaps
    .split('\n')
    .slice(1)
    .filter((line) => line.trim() !== '');
  const column = (index: number) =>
    rows.reduce((sum, row) => sum + Number(row.trim().split(/\s+/)[index]), 0);
  const [total, used] = [column(2), column(3)];
  return Number.isFinite(total + used) ? { total_kib: total, used_kib: used } : null;
}

/** Whether this process has a capability, by its bit in CapEff of /proc/self/status. */
export function hasCapability(status: string | null, bit: number): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? '')?.[1];
  return mask !== undefined && ((BigInt(`0x${mask}`) >> BigInt(bit)) & 1n) === 1n;
}
