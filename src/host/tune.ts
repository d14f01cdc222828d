import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { codeOf } from '../store/write-whole.js';
import { hostFiles } from './files.js';
import { readJournal, removeJournal, writeJournal } from './tune-journal.js';
import {
  type Change,
  planTuning,
  sameSetting,
  type TunePlan,
  type Untouched,
} from './tune-plan.js';

/** The machine that is tuned. */
export interface TuneHost {
  /** Where /proc and /sys are found, for tests. */
  readonly root: string;
  readonly journal: string;
  /** Whether settings of the system may be changed. */
  readonly privileged: boolean;
}

/** One line of what was done. */
export interface TuneStep {
  readonly kind: Untouched['kind'];
  readonly subject: string;
  /**
   * `planned`: would be done; `changed`, `restored`: done and read back; `unchanged`: in order as
   * it is; `impossible`: can't be changed here, or isn't to be; `failed`: the kernel refused.
   */
  readonly state: 'planned' | 'changed' | 'restored' | 'unchanged' | 'impossible' | 'failed';
  readonly before: string | null;
  readonly after: string | null;
  readonly reason: string | null;
}

/** What tuning would do. */
export function tuneDryRun(host: TuneHost, measured: readonly number[]): TuneStep[] {
  const plan = planTuning(hostFiles(host.root), measured);
  return [...plan.changes.map((change) => step(change, 'planned')), ...stepsUntouched(plan)];
}

/**
 * Journals everything that is to be changed, and changes it.
 *
 * @throws UserError without the right to, and when the machine is tuned already
 */
export function tune(host: TuneHost, measured: readonly number[]): TuneStep[] {
  const files = hostFiles(host.root);
  const plan = planTuning(files, measured);
  if (readJournal(host.journal) !== null || plan.changes.length > 0) {
    requireRight(host, 'Tuning');
    writeJournal(host.journal, {
      version: 1,
      boot_id: bootId(host),
      started: new Date().toISOString(),
      changes: [...plan.changes],
    });
  }
  const done = plan.changes.map((change) => apply(host, change, change.after, 'changed'));
  // With nothing changed there is nothing to restore.
  if (
    done.length > 0 &&
    done.every(({ state, reason }) => state !== 'changed' && !reason?.startsWith(TOOK))
  )
    removeJournal(host.journal);
  return [...done, ...stepsUntouched(plan)];
}

/**
 * Puts back whatever the journal says was changed, in reverse order; after a crash as well. A
 * setting that somebody else has changed since stays as it is. The journal stays as long as
 * something couldn't be put back.
 *
 * @param dryRun says what would be done
 * @returns null when there is no journal
 * @throws UserError without the right to, and for a journal that can't be read
 */
export function restore(host: TuneHost, dryRun = false): TuneStep[] | null {
  const journal = readJournal(host.journal);
  if (journal === null) return null;
  const files = hostFiles(host.root);
  const restarted = journal.boot_id !== bootId(host);
  if (!dryRun && !restarted) requireRight(host, 'Restoring');
  const steps = journal.changes.toReversed().map((change): TuneStep => {
    const now = files.read(change.path);
    const undo = { ...change, before: now ?? change.after, after: change.before };
    if (restarted) return step(undo, 'unchanged', 'the machine was restarted since');
    if (now === null) return step(undo, 'unchanged', 'it is gone');
    if (sameSetting(change.path, now, change.before)) return step(undo, 'unchanged', null);
    if (!sameSetting(change.path, now, change.after)) {
      return step(undo, 'unchanged', `something else has set it to ${now} since`);
    }
    return dryRun ? step(undo, 'planned') : apply(host, undo, undo.after, 'restored');
  });
  if (!dryRun && steps.every(({ state }) => state !== 'failed')) removeJournal(host.journal);
  return steps;
}

function apply(
  host: TuneHost,
  change: Change,
  value: string,
  state: 'changed' | 'restored',
): TuneStep {
  try {
    writeSetting(join(host.root, change.path), value);
  } catch (error) {
    const code = codeOf(error) ?? String(error);
    // The kernel spreads the interrupts of queues itself, and lets nobody else do it.
    const managed = state === 'changed' && change.kind === 'interrupts' && MANAGED.has(code);
    if (managed) return step(change, 'impossible', `the kernel keeps it where it is (${code})`);
    return step(change, 'failed', refusal(code));
  }
  const now = hostFiles(host.root).read(change.path);
  if (now !== null && sameSetting(change.path, now, value)) return step(change, state);
  return step(change, 'failed', `${TOOK}, but it reads ${now ?? 'nothing'}`);
}

const TOOK = 'the kernel took it';
const MANAGED = new Set(['EIO', 'EPERM']);

function writeSetting(path: string, value: string): void {
  // Never created: a file that has gone takes no setting.
  const file = openSync(path, constants.O_WRONLY | constants.O_TRUNC);
  try {
    writeSync(file, value);
  } finally {
    closeSync(file);
  }
}

function refusal(code: string): string {
  const why: Readonly<Record<string, string>> = {
    EIO: 'the device does not take it',
    EBUSY: 'the hardware has it in use',
    EACCES: 'no permission, even for root: a container, or a locked-down kernel',
    EPERM: 'no permission, even for root: a container, or a locked-down kernel',
    EROFS: 'the file system is read-only, as in a container',
    EINVAL: 'the value is not possible here',
  };
  return `refused: ${why[code] ?? code} (${code})`;
}

function requireRight({ privileged }: TuneHost, what: string): void {
  if (privileged) return;
  throw new UserError(`${what} changes settings of the whole machine: that takes root.`, [
    'Run it as root, as in: sudo npx ipcbench tune',
    'See what it would do: ipcbench tune --dry-run',
  ]);
}

function bootId(host: TuneHost): string {
  return hostFiles(host.root).read('proc/sys/kernel/random/boot_id') ?? 'unknown';
}

function step(change: Change, state: TuneStep['state'], reason: string | null = null): TuneStep {
  const { kind, subject, before, after } = change;
  return { kind, subject, state, before, after, reason };
}

function stepsUntouched({ untouched }: TunePlan): TuneStep[] {
  return untouched.map(({ kind, subject, inOrder, reason }) => {
    const state = inOrder ? 'unchanged' : 'impossible';
    return { kind, subject, state, before: null, after: null, reason };
  });
}
