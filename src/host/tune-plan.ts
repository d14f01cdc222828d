import { cpuList } from './check.js';
import { bracketed, type HostFiles } from './files.js';
import { parseCpuList } from './topology.js';

/** Kinds of settings, as they are listed. */
export type TuneKind = 'governor' | 'turbo' | 'interrupts';

/** A setting that is to be changed: one file of the kernel, one value. */
export interface Change {
  readonly kind: TuneKind;
  /** What the file belongs to, for example `processor 3`. */
  readonly subject: string;
  /** Below the root, without a slash at the front. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Something that stays as it is, and why. */
export interface Untouched {
  readonly kind: TuneKind | 'address randomisation';
  readonly subject: string;
  /** True = it is as it should be; false = it can't be changed here, or isn't to be. */
  readonly inOrder: boolean;
  readonly reason: string;
}

export interface TunePlan {
  readonly changes: readonly Change[];
  readonly untouched: readonly Untouched[];
}

const CPU = 'sys/devices/system/cpu';
const NO_TURBO = `${CPU}/intel_pstate/no_turbo`;
const BOOST = `${CPU}/cpufreq/boost`;

/**
 * What would make this machine steadier, and what can't be done here. Nothing is changed.
 *
 * @param measured processors that interrupts are to keep away from
 */
export function planTuning(files: HostFiles, measured: readonly number[]): TunePlan {
  const parts = [governors(files), turbo(files), interrupts(files, measured), randomisation()];
  return {
    changes: parts.flatMap(({ changes }) => changes),
    untouched: parts.flatMap(({ untouched }) => untouched),
  };
}

function governors(files: HostFiles): TunePlan {
  const kind = 'governor';
  const folders = (files.list(CPU) ?? []).filter((name) => /^cpu\d+$/.test(name));
  const parts = folders.map((name): TunePlan => {
    const folder = `${CPU}/${name}/cpufreq`;
    const before = files.read(`${folder}/scaling_governor`);
    if (before === null) return NOTHING;
    const subject = `processor ${name.slice(3)}`;
    if (before === 'performance') return kept(kind, subject, true, 'performance already');
    const offered = files.read(`${folder}/scaling_available_governors`)?.split(/\s+/) ?? [];
    if (!offered.includes('performance')) {
      return kept(
        kind,
        subject,
        false,
        `its driver offers no performance, only ${offered.join(', ') || 'nothing'}`,
      );
    }
    const path = `${folder}/scaling_governor`;
    return changed({ kind, subject, path, before, after: 'performance' });
  });
  const plan = merged(parts);
  return isNothing(plan)
    ? kept(kind, 'all processors', false, 'this machine has none: no scaling_governor')
    : plan;
}

function turbo(files: HostFiles): TunePlan {
  const kind = 'turbo';
  const subject = 'all processors';
  const switches = [
    { path: NO_TURBO, off: '1' },
    { path: BOOST, off: '0' },
  ];
  for (const { path, off } of switches) {
    const before = files.read(path);
    if (before === null) continue;
    if (before === off) return kept(kind, subject, true, 'off already');
    return changed({ kind, subject, path, before, after: off });
  }
  return kept(
    kind,
    subject,
    false,
    'this machine has no switch for it: neither no_turbo nor boost',
  );
}

function interrupts(files: HostFiles, measured: readonly number[]): TunePlan {
  const kind = 'interrupts';
  const online = parseCpuList(files.read(`${CPU}/online`) ?? '');
  const others = online.filter((cpu) => !measured.includes(cpu));
  const numbers = (files.list('proc/irq') ?? []).filter((name) => /^\d+$/.test(name));
  if (numbers.length === 0) return kept(kind, 'all', false, 'none can be seen in /proc/irq');
  if (others.length === 0) {
    const reason = `every processor is to be measured (${cpuList(measured)}), so there is nowhere to move them; name fewer with --cpus`;
    return kept(kind, 'all', false, reason);
  }
  const parts = numbers.map((number): TunePlan => {
    const path = `proc/irq/${number}/smp_affinity_list`;
    const before = files.read(path);
    if (before === null) return NOTHING;
    const cpus = parseCpuList(before);
    const away = cpus.filter((cpu) => others.includes(cpu));
    if (away.length === cpus.length) return NOTHING;
    const after = cpuList(away.length > 0 ? away : others);
    return changed({ kind, subject: `interrupt ${number}`, path, before, after });
  });
  const plan = merged(parts);
  return isNothing(plan)
    ? kept(kind, 'all', true, `none goes to processors ${cpuList(measured)} already`)
    : plan;
}

/** Changing it for the whole system would weaken every process; `setarch -R` does it for some. */
function randomisation(): TunePlan {
  const reason =
    'left alone, being a protection of the whole system; --no-aslr -- COMMAND switches it off for a command and its children';
  return kept('address randomisation', 'system', false, reason);
}

/** Values of these files that mean the same though they are written differently. */
export function sameSetting(path: string, a: string, b: string): boolean {
  if (path.endsWith('_list')) return cpuList(parseCpuList(a)) === cpuList(parseCpuList(b));
  return (bracketed(a) ?? a) === (bracketed(b) ?? b);
}

const NOTHING: TunePlan = { changes: [], untouched: [] };

function isNothing(plan: TunePlan): boolean {
  return plan.changes.length + plan.untouched.length === 0;
}

function changed(change: Change): TunePlan {
  return { changes: [change], untouched: [] };
}

function kept(
  kind: Untouched['kind'],
  subject: string,
  inOrder: boolean,
  reason: string,
): TunePlan {
  return { changes: [], untouched: [{ kind, subject, inOrder, reason }] };
}

function merged(plans: readonly TunePlan[]): TunePlan {
  return {
    changes: plans.flatMap(({ changes }) => changes),
    untouched: plans.flatMap(({ untouched }) => untouched),
  };
}
