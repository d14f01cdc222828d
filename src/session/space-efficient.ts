import {
  SPACE_BUFFERS,
  SPACE_COST_WAITS,
  SPACE_POLICIES,
  SPACE_RELEASES,
  SPACE_SERVICE,
  type SpacePolicy,
  type SpaceRelease,
  threadsOf,
} from '../plan/space-efficient.js';
import type { CellResult, ResultDocument } from '../store/schema.js';
import { compareCells } from './compare.js';

/** Calls of so many threads at once, with buffers that are released in one way. */
export interface SpaceEntry {
  readonly release: SpaceRelease;
  readonly status: CellResult['status'];
  readonly reason: string | null;
  readonly remedy: string | null;
  /** Buffers in use at some time, and their bytes. */
  readonly peak: number | null;
  readonly peak_bytes: number | null;
  /** Buffers in use, weighted by time, and their bytes. */
  readonly mean: number | null;
  readonly mean_bytes: number | null;
  /** What Little's law expects of it: how often a buffer is taken, times how long it is held. */
  readonly expected: number | null;
  /** The mean over the expectation, less 1. */
  readonly off: number | null;
  /** Calls under way by the callers' own clocks: their rate times their mean round trip. */
  readonly inside: number | null;
  readonly holding_ns: number | null;
  readonly rtt_ns: number | null;
  /** Waits for a buffer, and refusals, per call. */
  readonly waits_per_call: number | null;
  readonly refusals_per_call: number | null;
}

/** What early release costs a round trip. */
export interface SpaceCost {
  readonly wait: string;
  readonly early_ns: number | null;
  readonly hold_ns: number | null;
  /** Time with early release over time with hold. */
  readonly ratio: number | null;
  readonly ratio_ci95: readonly [number, number] | null;
}

/** Which policy runs out of buffers, and when. */
export interface SpaceCrossover {
  /** Fewest threads with which calls that hold their buffers mostly find none; null = never here. */
  readonly hold_from_threads: number | null;
  /** The same of early release. */
  readonly early_from_threads: number | null;
}

/** Buffers held only while they are needed, against buffers held throughout calls. */
export interface SpaceEfficient {
  readonly buffers: number;
  readonly buffer_bytes: number | null;
  readonly policies: readonly {
    readonly exhausted: SpacePolicy;
    readonly rows: readonly { readonly threads: number; readonly entries: readonly SpaceEntry[] }[];
  }[];
  readonly costs: readonly SpaceCost[];
  readonly crossover: SpaceCrossover;
}

/** Calls of which so many wait for a buffer have mostly none. */
const MOSTLY = 0.5;

/** What a run says of the document's claim. Pure. */
export function reproduceSpaceEfficient(document: ResultDocument): SpaceEfficient {
  const policies = SPACE_POLICIES.map((exhausted) => ({
    exhausted,
    rows: threadsOf(exhausted).map((threads) => ({
      threads,
      entries: SPACE_RELEASES.map((release) =>
        entryOf(release, longCell(document, { exhausted, threads, release })),
      ),
    })),
  }));
  const sizes = document.results.flatMap(({ buffers }) => buffers?.buffer_bytes ?? []);
  return {
    buffers: SPACE_BUFFERS,
    buffer_bytes: sizes[0] ?? null,
    policies,
    costs: SPACE_COST_WAITS.map((wait) => costOf(document, wait)),
    crossover: {
      hold_from_threads: runsOutFrom(policies, 'hold'),
      early_from_threads: runsOutFrom(policies, 'early'),
    },
  };
}

function longCell(
  { results }: ResultDocument,
  wanted: { exhausted: SpacePolicy; threads: number; release: SpaceRelease },
): CellResult | undefined {
  return results.find(
    ({ options }) =>
      options.asleep === SPACE_SERVICE &&
      options.exhausted === wanted.exhausted &&
      options.threads === String(wanted.threads) &&
      options.buffers === wanted.release,
  );
}

function entryOf(release: SpaceRelease, cell: CellResult | undefined): SpaceEntry {
  if (cell === undefined) return { ...NO_ENTRY, release };
  const { status, reason, remedy, buffers, rtt_ns, usage } = cell;
  const verdict = { release, status, reason, remedy };
  if (buffers === null || rtt_ns === null) return { ...NO_ENTRY, ...verdict };
  const { holdings, holding_ns, span_ns } = buffers;
  const expected = holding_ns === null || span_ns === 0 ? null : (holdings / span_ns) * holding_ns;
  const calls = usage?.client.ops ?? 0;
  return {
    ...verdict,
    peak: buffers.peak,
    peak_bytes: buffers.peak_bytes,
    mean: buffers.mean,
    mean_bytes: buffers.mean_bytes,
    expected,
    off: expected ? buffers.mean / expected - 1 : null,
    inside: callsInside(cell),
    holding_ns,
    rtt_ns: rtt_ns.median,
    waits_per_call: calls === 0 ? null : buffers.waits / calls,
    refusals_per_call: calls === 0 ? null : buffers.failures / calls,
  };
}

const NO_ENTRY: Omit<SpaceEntry, 'release'> = {
  status: 'failed',
  reason: 'the run was interrupted before it',
  remedy: null,
  peak: null,
  peak_bytes: null,
  mean: null,
  mean_bytes: null,
  expected: null,
  off: null,
  inside: null,
  holding_ns: null,
  rtt_ns: null,
  waits_per_call: null,
  refusals_per_call: null,
};

/** Calls under way at a time. */
function callsInside({ ops_per_s, rtt_ns }: CellResult): number | null {
  const mean = rtt_ns?.mean ?? null;
  return ops_per_s === null || mean === null ? null : (ops_per_s * mean) / 1e9;
}

function costOf(document: ResultDocument, wait: string): SpaceCost {
  const cellOf = (release: SpaceRelease) =>
    document.results.find(
      (cell) =>
        cell.wait === wait &&
        cell.placement === 'two-cores' &&
        cell.options.buffers === release &&
        cell.options.asleep !== SPACE_SERVICE,
    );
  const [early, hold] = SPACE_RELEASES.map(cellOf);
  const compared =
    early === undefined || hold === undefined
      ? null
      : compareCells(hold, early, { seed: document.run.seed ?? 0, paired: true });
  return {
    wait,
    early_ns: early?.rtt_ns?.median ?? null,
    hold_ns: hold?.rtt_ns?.median ?? null,
    ratio: compared?.ratio ?? null,
    ratio_ci95: compared?.ci95 ?? null,
  };
}

/** By the calls that had to wait under policy `wait`. */
function runsOutFrom(policies: SpaceEfficient['policies'], release: SpaceRelease): number | null {
  const rows = policies.find(({ exhausted }) => exhausted === 'wait')?.rows ?? [];
  const found = rows.find(({ entries }) =>
    entries.some((entry) => entry.release === release && (entry.waits_per_call ?? 0) > MOSTLY),
  );
  return found?.threads ?? null;
}
