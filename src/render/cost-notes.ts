import { getSystemErrorMap, getSystemErrorName } from 'node:util';
import type { CellResult, ResultDocument } from '../store/schema.js';
import { type SplitDoubt, splitDoubts } from '../store/split-check.js';
import { BCOPY, OTHER, percentText } from './cost-columns.js';
import { placeText } from './place.js';
import { duration, lastPlace } from './quantity.js';

/** Rows that a note names before it only counts. */
const NAMED_AT_MOST = 5;

/** A table, as far as these notes depend on it. */
interface ShownTable {
  readonly cells: readonly CellResult[];
  readonly shows: (name: string) => boolean;
}

/** What the columns on the cost of an operation mean, what they lack, and what contradicts them. */
export function costNotes(document: ResultDocument, tables: readonly ShownTable[]): string[] {
  const { run, results } = document;
  const notes = [
    bcopyNote(run, tables),
    otherNote(tables),
    eventsNote(document),
    sharedCountersNote(results),
    doubtNote(results, run.split_resolution_us),
  ];
  return notes.filter((note) => note !== null);
}

function bcopyNote(
  { calibration_note: why }: ResultDocument['run'],
  tables: readonly ShownTable[],
): string | null {
  const shown = tables.filter(({ shows }) => shows(BCOPY)).flatMap(({ cells }) => cells);
  if (shown.length === 0) return why && withoutBcopy(why);
  if (shown.every(({ bcopy }) => bcopy === null)) return why && withoutBcopy(why);
  return 'bcopy: what copying takes at least (copies of the payload, each by the calibrated cost of one), as a share of the mean time. It is a part of user time where the peers copy, of system time where the kernel does.';
}

function withoutBcopy(why: string): string {
  return `No share of bcopy: ${why.charAt(0).toLowerCase()}${why.slice(1)}.`;
}

function otherNote(tables: readonly ShownTable[]): string | null {
  const shown = tables.filter(({ shows }) => shows(OTHER)).flatMap(({ cells }) => cells);
  if (shown.every(({ usage }) => usage === null)) return null;
  return 'other: the share of the mean time in which neither peer ran: what user and system time leave; on two processors, where both may run at once, at least that (≥).';
}

/** Events that were asked for and could not be counted. */
function eventsNote({ run, results }: ResultDocument): string | null {
  if (!run.plan?.counters) return null;
  const counted = results.flatMap(({ counters }) => (counters === null ? [] : [counters]));
  const errors = counted.flatMap(({ client, server }) => [client.error, server.error]);
  const error = errors.find((one) => one !== 0);
  if (error === undefined) return null;
  const missing = counted.every(({ client }) => client.cycles_user === null);
  const what = missing ? 'Hardware counters are not available' : 'Some counters are not available';
  return `${what}: ${errnoText(error)}; ${REMEDIES[codeOf(error)] ?? REMEDY}.`;
}

const REMEDY = 'see perf_event_open(2)';
const VIRTUAL = 'this processor has none, or its virtual machine passes none on (a virtual PMU)';
const PARANOID = 'sysctl kernel.perf_event_paranoid=2 or the capability CAP_PERFMON allows them';
const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: VIRTUAL,
  ENODEV: VIRTUAL,
  EOPNOTSUPP: VIRTUAL,
  ENOTSUP: VIRTUAL,
  EACCES: PARANOID,
  EPERM: `${PARANOID}, and in a container a seccomp profile that does`,
  ENOSYS:
    'the kernel was built without them (CONFIG_PERF_EVENTS), or a seccomp filter is in the way',
};

function codeOf(errno: number): string {
  return getSystemErrorName(-errno);
}

function errnoText(errno: number): string {
  const text = getSystemErrorMap().get(-errno)?.[1];
  return text === undefined ? `errno ${errno}` : `${codeOf(errno)} (${text})`;
}

/** Counters that had to take turns. */
function sharedCountersNote(results: readonly CellResult[]): string | null {
  const shares = results.flatMap(({ counters }) =>
    [counters?.client, counters?.server].flatMap((peer) =>
      peer && peer.running_ns < peer.enabled_ns ? [peer.running_ns / peer.enabled_ns] : [],
    ),
  );
  if (shares.length === 0) return null;
  return `There were too few counters for all events: they took turns, ran for ${percentText(Math.min(...shares))} of the time or more, and are scaled up.`;
}

/** Rows whose two measurements of the same thing contradict each other. */
function doubtNote(results: readonly CellResult[], tickUs: number | null): string | null {
  if (tickUs === null) return null;
  const doubts = results.flatMap((cell) =>
    splitDoubts(cell, tickUs).map((doubt) => ({ cell, doubt })),
  );
  if (doubts.length === 0) return null;
  const list = doubts
    .slice(0, NAMED_AT_MOST)
    .map(({ cell, doubt }) => `${cell.probe} (${placeText(cell)}) ${doubtText(doubt)}`);
  const more = doubts.length - list.length;
  const rest = more > 0 ? `; and ${more} more` : '';
  return `Warning: getrusage and the counters disagree beyond the resolution of a tick: ${list.join('; ')}${rest}. The former are sampled at the tick; the latter leave out the switch between tasks.`;
}

function doubtText({ peer, kind, getrusage, counters, resolution }: SplitDoubt): string {
  if (kind === 'share') {
    return `${peer} ${percentText(getrusage)} user by getrusage, ${percentText(counters)} by cycles (± ${percentText(resolution)})`;
  }
  const text = (us: number) => duration(us * 1000, lastPlace(us * 1000, null, 3));
  return `${peer} ${text(getrusage)} of processor time by getrusage, ${text(counters)} by the task clock (± ${text(resolution)})`;
}
