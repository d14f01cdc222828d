import { type HostFiles, parseWhole } from './files.js';

/**
 * What the machine did while ipcbench itself was idle: the difference of the kernel's counters
 * over a short interval. A counter that the kernel doesn't have is null.
 */
export interface Activity {
  readonly interval_ms: number;
  /** Share of the allowed processors' time, 0 to 1, that ran anything, without stolen time. */
  readonly busy: number | null;
  /** Share of the allowed processors' time, 0 to 1, that the hypervisor gave to others. */
  readonly steal: number | null;
  /** The same share since the machine started. */
  readonly steal_since_boot: number | null;
  /** Device interrupts per second on the allowed processors. */
  readonly interrupts_per_s: number | null;
  /** Pages moved to or from swap. */
  readonly swapped_pages: number | null;
  /** Times a processor was slowed down for its temperature; null = it has no counter. */
  readonly throttled: number | null;
  /** The same since the machine started. */
  readonly throttled_since_boot: number | null;
}

/** The counters at one moment. */
export interface Counters {
  readonly atMs: number;
  readonly processors: ProcessorTimes | null;
  readonly interrupts: number | null;
  readonly swappedPages: number | null;
  readonly throttled: number | null;
}

/** In the kernel's ticks, sums over the processors that are allowed. */
export interface ProcessorTimes {
  readonly total: number;
  readonly idle: number;
  readonly steal: number;
}

/**
 * @param cpus processors that count; null = all
 * @param atMs from any start
 */
export function readCounters(
  files: HostFiles,
  cpus: readonly number[] | null,
  atMs: number,
): Counters {
  return {
    atMs,
    processors: parseProcessorTimes(files.read('proc/stat'), cpus),
    interrupts: parseDeviceInterrupts(files.read('proc/interrupts'), cpus),
    swappedPages: parseSwappedPages(files.read('proc/vmstat')),
    throttled: readThrottled(files),
  };
}

/** What happened between two readings. */
export function activityBetween(before: Counters, after: Counters): Activity {
  const seconds = (after.atMs - before.atMs) / 1000;
  const from = before.processors;
  const to = after.processors;
  const share = (ticks: number, total: number) => (total > 0 ? ticks / total : null);
  const total = from && to ? to.total - from.total : 0;
  const steal = from && to ? to.steal - from.steal : 0;
  const idle = from && to ? to.idle - from.idle : 0;
  const interrupts = difference(before.interrupts, after.interrupts);
  return {
    interval_ms: Math.round(after.atMs - before.atMs),
    busy: share(Math.max(0, total - idle - steal), total),
    steal: share(steal, total),
    steal_since_boot: to && share(to.steal, to.total),
    interrupts_per_s: interrupts === null || seconds <= 0 ? null : interrupts / seconds,
    swapped_pages: difference(before.swappedPages, after.swappedPages),
    throttled: difference(before.throttled, after.throttled),
    throttled_since_boot: after.throttled,
  };
}

/** The lines `cpuN user nice system idle iowait irq softirq steal ...` of /proc/stat. */
export function parseProcessorTimes(
  text: string | null,
  cpus: readonly number[] | null,
): ProcessorTimes | null {
  const lines = [...(text ?? '').matchAll(/^cpu(\d+) (.*)$/gm)].filter(([, cpu]) => {
    return cpus === null || cpus.includes(Number(cpu));
  });
  // Guest times, which follow, are in user and nice already.
  const ticks = lines.map(([, , fields = '']) =>
    fields.trim().split(/\s+/).slice(0, 8).map(Number),
  );
  const complete = ticks.every((fields) => fields.length === 8 && fields.every(Number.isFinite));
  if (ticks.length === 0 || !complete) return null;
  const sum = (indexes: readonly number[]) =>
    ticks.reduce((total, fields) => total + sumOf(indexes.map((i) => fields[i] ?? 0)), 0);
  return { total: sum([0, 1, 2, 3, 4, 5, 6, 7]), idle: sum([3, 4]), steal: sum([7]) };
}

/** Interrupts of devices (the numbered lines of /proc/interrupts) on some processors. */
export function parseDeviceInterrupts(
  text: string | null,
  cpus: readonly number[] | null,
): number | null {
  const [heading = '', ...lines] = (text ?? '').split('\n');
  const columns = [...heading.matchAll(/CPU(\d+)/g)].map(([, cpu]) => Number(cpu));
  if (columns.length === 0) return null;
  const numbered = lines.filter((line) => /^\s*\d+:/.test(line));
  return numbered.reduce((sum, line) => {
    const counts = line.trim().split(/\s+/).slice(1).map(Number);
    const counted = columns.map((cpu, i) =>
      cpus === null || cpus.includes(cpu) ? (counts[i] ?? 0) : 0,
    );
    return sum + sumOf(counted);
  }, 0);
}

function parseSwappedPages(vmstat: string | null): number | null {
  const pages = ['pswpin', 'pswpout'].map((name) => {
    return parseWhole(new RegExp(`^${name} (\\d+)$`, 'm').exec(vmstat ?? '')?.[1] ?? null);
  });
  return sumKnown(pages);
}

function readThrottled(files: HostFiles): number | null {
  const folder = 'sys/devices/system/cpu';
  const cpus = (files.list(folder) ?? []).filter((name) => /^cpu\d+$/.test(name));
  const counts = cpus.flatMap((cpu) =>
    ['core', 'package'].map((scope) =>
      parseWhole(files.read(`${folder}/${cpu}/thermal_throttle/${scope}_throttle_count`)),
    ),
  );
  return sumKnown(counts);
}

function sumKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : sumOf(known);
}

function difference(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : after - before;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
