import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.js';
import { codeOf } from '../store/write-whole.js';

/** The files that tuning changes: a journal must not be a way to have root write to others. */
const SETTING =
  /^(sys\/devices\/system\/cpu\/(cpu\d+\/cpufreq\/scaling_governor|intel_pstate\/no_turbo|cpufreq\/boost)|proc\/irq\/\d+\/smp_affinity_list)$/;

const journalSchema = z.object({
  version: z.literal(1),
  /** /proc/sys/kernel/random/boot_id: settings don't outlive the kernel that they were made in. */
  boot_id: z.string(),
  /** UTC, ISO 8601. */
  started: z.string(),
  changes: z.array(
    z.object({
      kind: z.enum(['governor', 'turbo', 'interrupts']),
      subject: z.string(),
      path: z.string().regex(SETTING),
      before: z.string(),
      after: z.string(),
    }),
  ),
});

/** What was changed, or was about to be, and what it was before. */
export type Journal = z.infer<typeof journalSchema>;

/** Where the journal is: the user's state directory (XDG Base Directory Specification). */
export function journalPath(env: Readonly<Record<string, string | undefined>>): string {
  const state = env.XDG_STATE_HOME;
  const base = state && isAbsolute(state) ? state : join(env.HOME || homedir(), '.local', 'state');
  return join(base, 'ipcbench', 'tune.json');
}

/**
 * Writes the journal, whole and on the disk, before anything is changed. Of two that start at the
 * same time one gets it.
 *
 * @throws UserError when there is one already, or it can't be written
 */
export function writeJournal(path: string, journal: Journal): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFlushed(temporary, `${JSON.stringify(journal, null, 2)}\n`);
    // Unlike rename, link fails where there is a journal.
    linkSync(temporary, path);
    flushFolder(dirname(path));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw alreadyTuned(path);
    throw new UserError(`Can't write the journal ${path}: ${codeOf(error) ?? String(error)}.`, [
      'Nothing was changed. Set XDG_STATE_HOME to a directory that you may write to.',
    ]);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * @returns null when there is none: nothing is changed
 * @throws UserError when it can't be read
 */
export function readJournal(path: string): Journal | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw unreadable(path, codeOf(error) ?? String(error));
  }
  const parsed = journalSchema.safeParse(parseJson(text));
  if (!parsed.success) throw unreadable(path, 'it is no journal of this version');
  return parsed.data;
}

/** Forgets the changes, which are undone. */
export function removeJournal(path: string): void {
  rmSync(path, { force: true });
  flushFolder(dirname(path));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function writeFlushed(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function flushFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function alreadyTuned(path: string): UserError {
  return new UserError(`This machine is tuned already, by the journal ${path}.`, [
    'Restore it first: ipcbench tune --restore',
  ]);
}

function unreadable(path: string, why: string): UserError {
  return new UserError(`Can't read the journal ${path}: ${why}.`, [
    'Put the settings right by hand or by restarting the machine, and remove the file.',
  ]);
}
