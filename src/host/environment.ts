import { readdirSync, readFileSync } from 'node:fs';
import { arch, cpus, hostname, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { parseAllowedCpus } from './topology.js';

/**
 * What may bear on a measurement, as it is stored with the run. Null = this machine doesn't
 * say; it is never to be read as "in order".
 */
export interface HostFacts {
  readonly hostname: string;
  readonly os: string;
  /** PRETTY_NAME of /etc/os-release. */
  readonly distribution: string | null;
  readonly kernel: string;
  readonly arch: string;
  readonly cpu_model: string | null;
  /** Processors on which this process may run. */
  readonly cpus_allowed: readonly number[] | null;
  readonly memory_bytes: number;
  readonly node: string;
  /** The compiler of the native part. */
  readonly compiler: string | null;
  readonly clocksource: string | null;
  /** Frequency governors in use, each once. */
  readonly governor: string | null;
  readonly turbo: 'on' | 'off' | null;
  /** The kernel's word on each hardware vulnerability. */
  readonly mitigations: Readonly<Record<string, string>> | null;
  /** `none`, or what is known of the hypervisor. */
  readonly virtualisation: string | null;
  /** Over 1, 5 and 15 minutes. */
  readonly loadavg: readonly number[] | null;
  /** Address space randomisation: 0 off, 1 partly, 2 full. */
  readonly aslr: number | null;
  readonly transparent_hugepages: string | null;
}

const CPU = 'sys/devices/system/cpu';

/**
 * Collects the facts about this host.
 *
 * @param compiler of the native part, as it says itself
 * @param root where /proc, /sys and /etc are found, for tests
 */
export function readHostFacts(compiler: string | null, root = '/'): HostFacts {
  const read = (path: string) => readTrimmed(join(root, path));
  const status = read('proc/self/status');
  const cpuinfo = read('proc/cpuinfo');
  return {
    hostname: hostname(),
    os: type(),
    distribution: quotedValue(read('etc/os-release'), 'PRETTY_NAME'),
    kernel: release(),
    arch: arch(),
    cpu_model: colonValue(cpuinfo, 'model name') ?? cpus()[0]?.model ?? null,
    cpus_allowed: status === null ? null : parseAllowedCpus(status),
    memory_bytes: totalmem(),
    node: process.version,
    compiler,
    clocksource: read('sys/devices/system/clocksource/clocksource0/current_clocksource'),
    governor: readGovernors(root),
    turbo: parseTurbo(read(`${CPU}/intel_pstate/no_turbo`), read(`${CPU}/cpufreq/boost`)),
    mitigations: readMitigations(root),
    virtualisation: parseVirtualisation(cpuinfo, [
      read('sys/hypervisor/type'),
      read('sys/class/dmi/id/sys_vendor'),
      read('sys/class/dmi/id/product_name'),
    ]),
    loadavg: parseLoad(read('proc/loadavg')),
    aslr: parseWhole(read('proc/sys/kernel/randomize_va_space')),
    transparent_hugepages: bracketed(read('sys/kernel/mm/transparent_hugepage/enabled')),
  };
}

/** Turbo from intel_pstate's `no_turbo` or cpufreq's `boost`; null when neither file is there. */
export function parseTurbo(noTurbo: string | null, boost: string | null): 'on' | 'off' | null {
  if (noTurbo !== null) return noTurbo === '0' ? 'on' : 'off';
  if (boost !== null) return boost === '1' ? 'on' : 'off';
  return null;
}

/** The choice in brackets, as in `always [madvise] never`. */
export function bracketed(text: string | null): string | null {
  return /\[(\w+)\]/.exec(text ?? '')?.[1] ?? null;
}

/** Load averages of /proc/loadavg. */
export function parseLoad(text: string | null): number[] | null {
  const loads = (text ?? '').split(' ').slice(0, 3).map(Number);
  return loads.length === 3 && loads.every(Number.isFinite) ? loads : null;
}

/**
 * `none` only where the processor's flags are known and don't include `hypervisor`.
 *
 * @param names what the machine calls itself, best first
 */
export function parseVirtualisation(
  cpuinfo: string | null,
  names: readonly (string | null)[],
): string | null {
  const flags = colonValue(cpuinfo, 'flags');
  if (flags === null) return names[0] ?? null;
  if (!flags.split(' ').includes('hypervisor')) return 'none';
  return ['hypervisor', ...names.filter((name) => name !== null && name !== '')].join(', ');
}

function readGovernors(root: string): string | null {
  const folders = listFolder(join(root, CPU)).filter((name) => /^cpu\d+$/.test(name));
  const governors = folders
    .map((name) => readTrimmed(join(root, CPU, name, 'cpufreq/scaling_governor')))
    .filter((governor) => governor !== null);
  return governors.length === 0 ? null : [...new Set(governors)].sort().join(', ');
}

function readMitigations(root: string): Record<string, string> | null {
  const folder = join(root, CPU, 'vulnerabilities');
  const entries = listFolder(folder).flatMap((name): [string, string][] => {
    const text = readTrimmed(join(folder, name));
    return text === null ? [] : [[name, text]];
  });
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}

function readTrimmed(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

function colonValue(text: string | null, key: string): string | null {
  return new RegExp(`^${key}\\s*:\\s*(.*)$`, 'm').exec(text ?? '')?.[1]?.trim() ?? null;
}

function quotedValue(text: string | null, key: string): string | null {
  return new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text ?? '')?.[1] ?? null;
}

function parseWhole(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}
