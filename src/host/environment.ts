import { arch, cpus, hostname, release, totalmem, type } from 'node:os';
import { type Activity, activityBetween, readCounters } from './activity.js';
import { type Cache, readCaches } from './caches.js';
import { diagnose, type Finding } from './doctor.js';
import { bracketed, colonValue, type HostFiles, hostFiles, parseWhole } from './files.js';
import { type CpuQuota, hasCapability, parseMemlock, parseSwap, readCpuQuota } from './limits.js';
import { parseAllowedCpus, parseCpuList } from './topology.js';

export { bracketed } from './files.js';

/**
 * What may bear on a measurement, as it is stored with the run. Null = this machine doesn't
 * say; it is never to be read as "in order".
 */
export interface HostFacts extends MachineFacts {
  /** What `ipcbench doctor` says of these facts, without its advice. */
  readonly doctor: readonly Pick<Finding, 'check' | 'verdict' | 'reason'>[];
}

/** The facts themselves, as they were read. */
export interface MachineFacts {
  readonly hostname: string;
  readonly os: string;
  /** PRETTY_NAME of /etc/os-release. */
  readonly distribution: string | null;
  readonly kernel: string;
  readonly arch: string;
  readonly cpu_model: string | null;
  /** Processors on which this process may run. */
  readonly cpus_allowed: readonly number[] | null;
  /** Of the allowed processors, instruction caches left out. */
  readonly caches: readonly Cache[] | null;
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
  /** Whether this process was started without address space randomisation, as by `setarch -R`. */
  readonly aslr_off_here: boolean | null;
  readonly cpus_online: readonly number[] | null;
  /** Processors that the scheduler leaves alone (isolcpus). */
  readonly cpus_isolated: readonly number[] | null;
  /** Hyper-threads: `on`, `off`, `forceoff`, `notsupported`, `notimplemented`. */
  readonly smt: string | null;
  /** What the kernel was told of mitigations when it started; `default` = nothing. */
  readonly mitigations_option: string | null;
  readonly cpu_quota: CpuQuota;
  readonly swap: { readonly total_kib: number; readonly used_kib: number } | null;
  readonly power: 'mains' | 'battery' | null;
  readonly perf_event_paranoid: number | null;
  /** CAP_PERFMON or CAP_SYS_ADMIN: perf_event_paranoid doesn't bind this process. */
  readonly may_count_events: boolean;
  readonly memlock_bytes: number | 'unlimited' | null;
  /** Device interrupts that may be delivered to the allowed processors, and all there are. */
  readonly irqs: { readonly here: number; readonly total: number } | null;
  /** Null = no counter could be read twice. */
  readonly activity: Activity | null;
}

export interface HostOptions {
  /** Where /proc, /sys and /etc are found, for tests. */
  readonly root?: string;
  /** For how long the machine's activity is watched; the caller is held up as long. */
  readonly watchMs?: number;
}

/** Long enough for 20 ticks of 10 ms on each processor, short beside any run. */
const WATCH_MS = 200;
const CAP_SYS_ADMIN = 21;
const CAP_PERFMON = 38;
/** personality(2) */
const ADDR_NO_RANDOMIZE = 0x0040000;

const CPU = 'sys/devices/system/cpu';

/**
 * Collects the facts about this host, and what they mean for figures. Watches the machine for a
 * moment: that is when this process should be the only one at work.
 *
 * @param compiler of the native part, as it says itself
 * @param options a string is the root
 */
export function readHostFacts(
  compiler: string | null,
  options: HostOptions | string = {},
): HostFacts {
  const facts = readMachineFacts(
    compiler,
    typeof options === 'string' ? { root: options } : options,
  );
  const doctor = diagnose(facts).map(({ check, verdict, reason }) => ({ check, verdict, reason }));
  return { ...facts, doctor };
}

/** The facts alone; see `readHostFacts`. */
export function readMachineFacts(compiler: string | null, options: HostOptions): MachineFacts {
  const files = hostFiles(options.root ?? '/');
  const status = files.read('proc/self/status');
  const allowed = status === null ? null : parseAllowedCpus(status);
  return {
    ...readSystem(files, compiler),
    cpus_allowed: allowed,
    caches: readCaches(files, allowed ?? []),
    ...readProcessors(files),
    ...readKernelSettings(files),
    cpu_quota: readCpuQuota(files),
    swap: parseSwap(files.read('proc/swaps')),
    power: readPower(files),
    may_count_events: [CAP_PERFMON, CAP_SYS_ADMIN].some((bit) => hasCapability(status, bit)),
    memlock_bytes: parseMemlock(files.read('proc/self/limits')),
    irqs: readIrqs(files, allowed),
    loadavg: parseLoad(files.read('proc/loadavg')),
    activity: watch(files, allowed, options.watchMs ?? WATCH_MS),
  };
}

function readSystem(files: HostFiles, compiler: string | null) {
  const cpuinfo = files.read('proc/cpuinfo');
  return {
    hostname: hostname(),
    os: type(),
    distribution: quotedValue(files.read('etc/os-release'), 'PRETTY_NAME'),
    kernel: release(),
    arch: arch(),
    cpu_model: colonValue(cpuinfo, 'model name') ?? cpus()[0]?.model ?? null,
    memory_bytes: totalmem(),
    node: process.version,
    compiler,
    virtualisation: parseVirtualisation(cpuinfo, [
      files.read('sys/hypervisor/type'),
      files.read('sys/class/dmi/id/sys_vendor'),
      files.read('sys/class/dmi/id/product_name'),
    ]),
  };
}

function readProcessors(files: HostFiles) {
  return {
    cpus_online: maybeCpuList(files.read(`${CPU}/online`)),
    cpus_isolated: maybeCpuList(files.read(`${CPU}/isolated`)),
    smt: files.read(`${CPU}/smt/control`),
    clocksource: files.read('sys/devices/system/clocksource/clocksource0/current_clocksource'),
    governor: readGovernors(files),
    turbo: parseTurbo(
      files.read(`${CPU}/intel_pstate/no_turbo`),
      files.read(`${CPU}/cpufreq/boost`),
    ),
    mitigations: readMitigations(files),
  };
}

function readKernelSettings(files: HostFiles) {
  const commandLine = files.read('proc/cmdline');
  return {
    aslr: parseWhole(files.read('proc/sys/kernel/randomize_va_space')),
    aslr_off_here: parsePersonality(files.read('proc/self/personality')),
    transparent_hugepages: bracketed(files.read('sys/kernel/mm/transparent_hugepage/enabled')),
    mitigations_option: commandLine === null ? null : mitigationsOption(commandLine),
    perf_event_paranoid: parseWhole(files.read('proc/sys/kernel/perf_event_paranoid')),
  };
}

function watch(
  files: HostFiles,
  allowed: readonly number[] | null,
  watchMs: number,
): Activity | null {
  const before = readCounters(files, allowed, performance.now());
  const { processors, interrupts, swappedPages, throttled } = before;
  if ([processors, interrupts, swappedPages, throttled].every((one) => one === null)) return null;
  // Held up rather than scheduled, so that nothing of this process runs meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, watchMs);
  return activityBetween(before, readCounters(files, allowed, performance.now()));
}

/** Device interrupts by where they may be delivered. */
function readIrqs(files: HostFiles, allowed: readonly number[] | null): MachineFacts['irqs'] {
  const lists = (files.list('proc/irq') ?? [])
    .filter((name) => /^\d+$/.test(name))
    .map((name) => files.read(`proc/irq/${name}/smp_affinity_list`))
    .filter((list) => list !== null);
  if (lists.length === 0 || allowed === null) return null;
  const here = lists.filter((list) => parseCpuList(list).some((cpu) => allowed.includes(cpu)));
  return { here: here.length, total: lists.length };
}

function readPower(files: HostFiles): MachineFacts['power'] {
  const folder = 'sys/class/power_supply';
  const states = (files.list(folder) ?? []).map((name) => ({
    type: files.read(`${folder}/${name}/type`),
    online: files.read(`${folder}/${name}/online`),
    status: files.read(`${folder}/${name}/status`),
  }));
  // A mouse has a battery too, but it doesn't say that it discharges while the mains are on.
  if (states.some(({ type: kind, online }) => kind === 'Mains' && online === '1')) return 'mains';
  const discharging = states.some(({ type: kind, status }) => {
    return kind === 'Battery' && status === 'Discharging';
  });
  return discharging ? 'battery' : null;
}

/** Whether personality(2) keeps addresses as they are, from /proc/self/personality. */
export function parsePersonality(text: string | null): boolean | null {
  if (text === null || !/^[0-9a-f]+$/.test(text)) return null;
  return (Number.parseInt(text, 16) & ADDR_NO_RANDOMIZE) !== 0;
}

/** The value of `mitigations=` on the kernel's command line. */
export function mitigationsOption(commandLine: string): string {
  return /(?:^|\s)mitigations=(\S+)/.exec(commandLine)?.[1] ?? 'default';
}

function maybeCpuList(text: string | null): number[] | null {
  return text === null ? null : parseCpuList(text);
}

/** Turbo from intel_pstate's `no_turbo` or cpufreq's `boost`; null when neither file is there. */
export function parseTurbo(noTurbo: string | null, boost: string | null): 'on' | 'off' | null {
  if (noTurbo !== null) return noTurbo === '0' ? 'on' : 'off';
  if (boost !== null) return boost === '1' ? 'on' : 'off';
  return null;
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

function readGovernors(files: HostFiles): string | null {
  const folders = (files.list(CPU) ?? []).filter((name) => /^cpu\d+$/.test(name));
  const governors = folders
    .map((name) => files.read(`${CPU}/${name}/cpufreq/scaling_governor`))
    .filter((governor) => governor !== null);
  return governors.length === 0 ? null : [...new Set(governors)].sort().join(', ');
}

function readMitigations(files: HostFiles): Record<string, string> | null {
  const folder = `${CPU}/vulnerabilities`;
  const entries = (files.list(folder) ?? []).flatMap((name): [string, string][] => {
    const text = files.read(`${folder}/${name}`);
    return text === null ? [] : [[name, text]];
  });
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

function quotedValue(text: string | null, key: string): string | null {
  return new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text ?? '')?.[1] ?? null;
}
