import { operationTimes } from '../store/operation.js';
import type { CellResult, CountersRecord } from '../store/schema.js';
import { timeShares } from '../store/time-shares.js';
import { duration, lastPlace, multiple } from './quantity.js';

/** Names of the columns, which notes ask for. */
export const BCOPY = 'bcopy share';
export const OTHER = 'other share';

/** Digits of a mean over all trials. */
const DIGITS = 3;

/** What copying takes at least of the time. */
export function bcopyText({ bcopy }: CellResult): string {
  return bcopy?.share == null ? '' : percentText(bcopy.share);
}

/** The same as a time. */
export function floorText({ bcopy }: CellResult): string {
  return bcopy === null ? '' : duration(bcopy.floor_ns, lastPlace(bcopy.floor_ns, null, DIGITS));
}

/** The time in which neither peer ran; `≥` where it is only known to be no less. */
export function otherText(cell: CellResult): string {
  const shares = timeShares(cell);
  if (shares === null) return '';
  const { least, most } = shares.other;
  // What rounds alike is one figure.
  const [text, upTo] = [percentText(least), percentText(most)];
  return text === upTo ? text : `≥${text}`;
}

/** Two digits: `0.34 %`, `4.1 %`, `12 %`. */
export function percentText(share: number): string {
  const percent = share * 100;
  if (percent === 0) return '0 %';
  if (percent < 0.01) return '<0.01 %';
  return `${percent >= 9.95 ? Math.round(percent) : Number(percent.toPrecision(2))} %`;
}

/** User time as a share of user and system time, by getrusage. */
export function userShareText({ usage }: CellResult): string {
  if (usage === null) return '';
  const user = usage.client.user_us + usage.server.user_us;
  const all = user + usage.client.system_us + usage.server.system_us;
  return all === 0 ? '' : percentText(user / all);
}

/** User mode's share of the cycles, by the counters. */
export function userCyclesShareText({ counters }: CellResult): string {
  const of = (field: 'cycles_user' | 'cycles_kernel') => sumOf(counters, [field]);
  const [user, kernel] = [of('cycles_user'), of('cycles_kernel')];
  if (user === null || kernel === null || user + kernel === 0) return '';
  return percentText(user / (user + kernel));
}

/** Which events a column shows, both peers together. */
export interface EventColumn {
  readonly key: string;
  readonly name: string;
  readonly heading: string;
  readonly fields: readonly (keyof CountersRecord)[];
}

/** Columns of performance counters, per operation; shown when they are asked for. */
export const EVENT_COLUMNS: readonly EventColumn[] = [
  event('cycles-user', 'cycles:u', ['cycles_user']),
  event('cycles-kernel', 'cycles:k', ['cycles_kernel']),
  event('instructions', 'instructions', ['instructions_user', 'instructions_kernel']),
  event('cache-misses', 'cache misses', ['cache_misses']),
  event('tlb-misses', 'TLB misses', ['dtlb_load_misses']),
  event('branch-misses', 'branch misses', ['branch_misses']),
  event('faults', 'faults', ['page_faults_user', 'page_faults_kernel']),
];

function event(key: string, heading: string, fields: EventColumn['fields']): EventColumn {
  return { key, name: `${heading} per operation`, heading, fields };
}

/** Events of both peers per operation; empty where one was not counted. */
export function eventText({ fields }: EventColumn, cell: CellResult): string {
  const value = perOperation(cell, fields);
  if (value === null) return '';
  if (value > 0 && value < 0.005) return '<0.01';
  return value < 1000 ? String(Number(value.toPrecision(DIGITS))) : multiple(value, place(value));
}

/** Processor time of both peers as the scheduler counts it, per operation. */
export function taskClockText(cell: CellResult): string {
  const value = perOperation(cell, ['task_clock_ns']);
  return value === null ? '' : duration(value, lastPlace(value, null, DIGITS));
}

function place(value: number): number {
  return lastPlace(value, value / 1000, DIGITS);
}

/** Each peer's events by the operations that it counted itself. */
function perOperation(
  { counters, usage }: CellResult,
  fields: readonly (keyof CountersRecord)[],
): number | null {
  if (counters === null || usage === null) return null;
  const peers = (['client', 'server'] as const).map((peer) => {
    const { ops } = usage[peer];
    const values = fields.map((field) => counters[peer][field]);
    if (ops === 0 || values.some((value) => value === null)) return null;
    return values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / ops;
  });
  const [client = null, server = null] = peers;
  return client === null || server === null ? null : client + server;
}

function sumOf(
  counters: CellResult['counters'],
  fields: readonly (keyof CountersRecord)[],
): number | null {
  if (counters === null) return null;
  const values = fields.flatMap((field) => [counters.client[field], counters.server[field]]);
  if (values.some((value) => value === null)) return null;
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

/** The mean time of an operation, which the shares are of. */
export function meanText(cell: CellResult): string {
  const mean = operationTimes(cell)?.mean ?? null;
  return mean === null ? '' : duration(mean, lastPlace(mean, null, DIGITS));
}
