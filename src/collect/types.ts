import type { Unavailability } from '../plan/types.js';
import type { PeerPids, TrialMeasurement } from '../runner/types.js';

/** Everything that can be collected beside the round trips, in the order in which it is shown. */
export const COLLECTOR_NAMES = [
  'rusage',
  'perf-counters',
  'perf-sampling',
  'strace-count',
  'bpftrace',
  'dtrace',
] as const;

export type CollectorName = (typeof COLLECTOR_NAMES)[number];

export const SIDES = ['client', 'server'] as const;

export type Side = (typeof SIDES)[number];

/** What a collector works on. */
export interface CollectContext {
  readonly pids: PeerPids;
  /** An empty folder of the trial's own, which is removed after it. */
  readonly folder: string;
  /** Aborted = end everything now. */
  readonly signal: AbortSignal;
}

/** A collector at work on one trial. */
export interface Collecting {
  /**
   * Ends it, after the trial, and gives its raw output back; what was started has exited by then.
   *
   * @throws Error when there is no output that could be trusted
   */
  stop(): Promise<string>;
}

/**
 * Collects figures about one trial. It is attached while the peers are held in their warm-up and
 * stopped after their end, so that what it costs to start is outside the timed window.
 */
export interface Collector<Figures> {
  readonly name: CollectorName;
  /** One line, for lists. */
  readonly summary: string;
  /** True = the peers themselves count, by `TrialOptions.counters`. */
  readonly inPeers: boolean;
  /** Null = it works here, now, as this user; else why not, and what helps. */
  supported(): Promise<Unavailability | null>;
  /** Settles when it is attached to everything. */
  start(context: CollectContext): Promise<Collecting>;
  /**
   * Pure: raw output and the trial's own record in, figures out.
   *
   * @throws Error for output that is not the collector's
   */
  parse(raw: string, trial: TrialMeasurement): Figures;
}

/** For collectors that have nothing to start: the peers report everything. */
export const NOTHING_TO_STOP: Collecting = { stop: async () => '' };

/** Processor time of one side over its window. */
export interface ModeTimes {
  readonly userNs: number;
  readonly systemNs: number;
}

export function bySide<T>(make: (side: Side) => T): Record<Side, T> {
  return { client: make('client'), server: make('server') };
}
