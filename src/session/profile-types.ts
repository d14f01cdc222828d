import type { SampleClass } from '../collect/attribution.js';
import type { CollectorName, Side } from '../collect/types.js';
import type { Interval } from '../stats/bootstrap.js';
import type { CellIdentity } from '../store/schema.js';

/**
 * Parts of a round trip's elapsed time on one side. `wake-up`: could have run and did not; `idle`:
 * had nothing to do; both are time off the processor. Without samples there are only `user` and
 * `system` beside them.
 */
export type PartName = SampleClass | 'user' | 'system' | 'wake-up' | 'idle';

/** A mean over trials with its 95 % interval (Student's t). */
export interface Estimate {
  readonly value: number;
  readonly ci95: Interval | null;
}

export interface Part {
  readonly part: PartName;
  /** Per operation. */
  readonly ns: number;
  readonly ci95_ns: Interval | null;
  /** Of the elapsed time. */
  readonly share: number;
}

/** How one source splits processor time, per operation. */
export interface ModeSplit {
  readonly source: 'samples' | 'getrusage' | 'cycles' | 'tracepoints';
  readonly user_ns: number | null;
  readonly system_ns: number | null;
  /** system / (user + system) */
  readonly system_share: number;
  readonly note: string | null;
}

export interface WakeUps {
  readonly per_operation: number;
  readonly mean_ns: number;
  /** By powers of two, over all trials. */
  readonly histogram: readonly {
    readonly from_ns: number;
    readonly to_ns: number;
    readonly count: number;
  }[];
}

/** One system call, per operation. */
export interface CallRow {
  readonly call: string;
  readonly by_strace: number | null;
  readonly by_bpftrace: number | null;
  /** Waiting included. */
  readonly ns: number | null;
  readonly copied_bytes: number | null;
}

export interface CounterRow {
  readonly counter: string;
  /** Per operation. */
  readonly value: number;
}

export interface SideProfile {
  readonly parts: readonly Part[];
  readonly sum_ns: number;
  /** Of the elapsed time; 1 = the parts explain all of it. */
  readonly sum_share: number;
  /** Time that samples stand for, of the processor time by getrusage; null without samples. */
  readonly sample_coverage: number | null;
  /** Samples that no rule attributes, of all of this side's; null without samples. */
  readonly unattributed_share: number | null;
  /** What they are, the most frequent first. */
  readonly unattributed: readonly { readonly chain: string; readonly share: number }[];
  readonly modes: readonly ModeSplit[];
  readonly wake_ups: WakeUps | null;
  readonly system_calls: readonly CallRow[];
  readonly counters: readonly CounterRow[];
}

/** What a collector does to the round trip. */
export interface Overhead {
  readonly collector: CollectorName;
  readonly trials: number;
  readonly median_ns: number;
  /** Median of the quotients within rounds, collected / plain. */
  readonly ratio: number | null;
  readonly ratio_ci95: Interval | null;
}

export type ProfiledCell = Omit<CellIdentity, 'clients'> & {
  readonly status: 'ok' | 'unavailable' | 'failed';
  readonly reason: string | null;
  readonly remedy: string | null;
  /** Mean time per operation in the trials that the parts are of; null = no figures. */
  readonly elapsed_ns: number | null;
  readonly elapsed_ci95_ns: Interval | null;
  /** Median of the plain trials' medians. */
  readonly plain_median_ns: number | null;
  readonly trials: number;
  readonly sides: Readonly<Record<Side, SideProfile>> | null;
  readonly overhead: readonly Overhead[];
  readonly notes: readonly string[];
};

export interface CollectorReport {
  readonly collector: CollectorName;
  readonly used: boolean;
  /** Why it could not be used; null = it could. */
  readonly reason: string | null;
  readonly remedy: string | null;
}

/** What `ipcbench profile` finds out. */
export interface ProfileDocument {
  readonly profile: {
    readonly command: string;
    readonly version: string;
    readonly kernel: string;
    readonly seed: number;
    readonly trials: number;
    readonly duration_ns: number;
    readonly complete: boolean;
    readonly collectors: readonly CollectorReport[];
  };
  readonly cells: readonly ProfiledCell[];
}

/** Folded stacks of a cell: `probe size;side;outermost;...;innermost` and ns per operation. */
export type FoldedStacks = ReadonlyMap<string, number>;
