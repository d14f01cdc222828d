import type { LatencyBucket } from '../collect/bpftrace-output.js';
import { callsPerOperation } from '../collect/system-calls.js';
import type { ModeTimes, Side } from '../collect/types.js';
import { COUNTER_NAMES } from '../runner/types.js';
import { figuresOf, type TrialsByArm, tracedSides } from './profile-arms.js';
import type { AnatomyTrial } from './profile-parts.js';
import type { CallRow, CounterRow, ModeSplit, SideProfile, WakeUps } from './profile-types.js';

const UNATTRIBUTED_SHOWN = 5;

interface PerOperation {
  readonly ops: number;
  readonly times: ModeTimes;
}

/** How each source there is splits processor time into user and system. */
export function modeSplits(
  trials: readonly AnatomyTrial[],
  arms: TrialsByArm,
  side: Side,
): ModeSplit[] {
  const sampled = trials.flatMap(({ measurement, sampling }) =>
    sampling === null ? [] : [{ ops: measurement[side].ops, times: sampling.sides[side] }],
  );
  const used = trials.map(({ measurement }) => {
    return { ops: measurement[side].ops, times: measurement[side] };
  });
  const traced = tracedSides(arms, side).map(({ measurement, traced: times }) => {
    return { ops: measurement[side].ops, times };
  });
  return [
    ...split('samples', sampled, null),
    ...split('getrusage', used, 'split by the tick on most kernels'),
    ...cycleSplit(arms, side),
    ...split('tracepoints', traced, 'in the kernel = in a system call; with what tracing costs'),
  ];
}

function split(
  source: ModeSplit['source'],
  trials: readonly PerOperation[],
  note: string | null,
): ModeSplit[] {
  const ops = sum(trials.map((trial) => trial.ops));
  const user = sum(trials.map(({ times }) => times.userNs));
  const system = sum(trials.map(({ times }) => times.systemNs));
  if (user + system === 0) return [];
  const system_share = system / (user + system);
  return [{ source, user_ns: user / ops, system_ns: system / ops, system_share, note }];
}

function cycleSplit(arms: TrialsByArm, side: Side): ModeSplit[] {
  const values = figuresOf(arms, 'perf-counters').map(({ figures }) => figures[side].values);
  const user = sum(values.map(({ cyclesUser }) => cyclesUser ?? 0));
  const system = sum(values.map(({ cyclesKernel }) => cyclesKernel ?? 0));
  if (user + system === 0) return [];
  const none = { user_ns: null, system_ns: null };
  return [{ source: 'cycles', ...none, system_share: system / (user + system), note: null }];
}

/** How long this side took from each wake-up to running; null = not traced. */
export function wakeUps(arms: TrialsByArm, side: Side): WakeUps | null {
  const traced = figuresOf(arms, 'bpftrace');
  if (traced.length === 0) return null;
  const ops = sum(traced.map(({ measurement }) => measurement[side].ops));
  const count = sum(traced.map(({ figures }) => figures.sides[side].wakeups));
  const total = sum(traced.map(({ figures }) => figures.sides[side].wakeupNs));
  const buckets = traced.flatMap(({ figures }) => figures.sides[side].wakeupLatency);
  return {
    per_operation: count / ops,
    mean_ns: count === 0 ? 0 : total / count,
    histogram: mergeBuckets(buckets),
  };
}

function mergeBuckets(buckets: readonly LatencyBucket[]): WakeUps['histogram'] {
  const merged = new Map<number, LatencyBucket>();
  for (const bucket of buckets) {
    const count = (merged.get(bucket.fromNs)?.count ?? 0) + bucket.count;
    merged.set(bucket.fromNs, { ...bucket, count });
  }
  return [...merged.values()]
    .sort((a, b) => a.fromNs - b.fromNs)
    .map(({ fromNs, toNs, count }) => ({ from_ns: fromNs, to_ns: toNs, count }));
}

/** This side's system calls per operation, the most frequent first. */
export function callRows(arms: TrialsByArm, side: Side): CallRow[] {
  const straced = figuresOf(arms, 'strace-count');
  const traced = figuresOf(arms, 'bpftrace');
  const byStrace = perOperation(straced, side, ({ figures }) => figures.calls[side]);
  const byBpftrace = perOperation(traced, side, ({ figures }) => figures.calls[side]);
  const ops = sum(traced.map(({ measurement }) => measurement[side].ops));
  const traceSum = (field: 'callNs' | 'copiedBytes', call: string) => {
    const known = traced.flatMap(({ figures }) => figures.sides[side][field][call] ?? []);
    return known.length === 0 ? null : sum(known) / ops;
  };
  const names = [...new Set([...Object.keys(byStrace ?? {}), ...Object.keys(byBpftrace ?? {})])];
  return names
    .map((call) => ({
      call,
      by_strace: byStrace === null ? null : (byStrace[call] ?? 0),
      by_bpftrace: byBpftrace === null ? null : (byBpftrace[call] ?? 0),
      ns: traceSum('callNs', call),
      copied_bytes: traceSum('copiedBytes', call),
    }))
    .sort((a, b) => (b.by_bpftrace ?? b.by_strace ?? 0) - (a.by_bpftrace ?? a.by_strace ?? 0));
}

/** Over all trials together: a call that one trial had once too many is not rounded away. */
function perOperation<T extends { readonly measurement: AnatomyTrial['measurement'] }>(
  trials: readonly T[],
  side: Side,
  countsOf: (trial: T) => Readonly<Record<string, number>>,
): Record<string, number> | null {
  if (trials.length === 0) return null;
  const ops = sum(trials.map(({ measurement }) => measurement[side].ops));
  const totals: Record<string, number> = {};
  for (const trial of trials) {
    for (const [call, count] of Object.entries(callsPerOperation(countsOf(trial), side, 1))) {
      totals[call] = (totals[call] ?? 0) + count;
    }
  }
  return Object.fromEntries(Object.entries(totals).map(([call, count]) => [call, count / ops]));
}

/** Counters that could be counted in every trial, per operation. */
export function counterRows(arms: TrialsByArm, side: Side): CounterRow[] {
  const counted = figuresOf(arms, 'perf-counters');
  const ops = sum(counted.map(({ measurement }) => measurement[side].ops));
  return COUNTER_NAMES.flatMap((counter) => {
    const values = counted.map(({ figures }) => figures[side].values[counter]);
    const known = values.filter((value) => value !== null);
    if (known.length === 0 || known.length < values.length) return [];
    return [{ counter, value: sum(known) / ops }];
  });
}

/** Samples that no rule attributes. */
export function unattributedRows(
  trials: readonly AnatomyTrial[],
  side: Side,
): Pick<SideProfile, 'unattributed_share' | 'unattributed'> {
  const sampled = trials.flatMap(({ sampling }) => (sampling ? [sampling.sides[side]] : []));
  const all = sum(sampled.map(({ userNs, systemNs }) => userNs + systemNs));
  if (all === 0) return { unattributed_share: null, unattributed: [] };
  const chains = new Map<string, number>();
  for (const { unattributed } of sampled) {
    for (const [chain, ns] of unattributed) chains.set(chain, (chains.get(chain) ?? 0) + ns);
  }
  const rows = [...chains].sort(([, a], [, b]) => b - a).slice(0, UNATTRIBUTED_SHOWN);
  return {
    unattributed_share: sum(sampled.map(({ classNs }) => classNs.unattributed)) / all,
    unattributed: rows.map(([chain, ns]) => ({ chain, share: ns / all })),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
