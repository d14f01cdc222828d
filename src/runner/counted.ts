/**
 * Events are counted in a pair of peers of their own, right after the pair whose times are
 * reported: where a process has perf events each switch to it costs about a microsecond more,
 * even while they are disabled, which is a third of a round trip through a pipe.
 */
import type { PeerUsage, TrialMeasurement, TrialOptions, TrialOutcome } from './types.js';
import { COUNTER_NAMES, type CounterName, type PeerCounters } from './types.js';

/** Counts are exact, so few operations will do; events that take turns do so every few ms. */
const COUNTED_NS_MOST = 200e6;

/** The options of the pair that counts, from those of the trial. */
export function countingOptions(options: TrialOptions): TrialOptions {
  const { onWarm: _, onProgress: __, ...rest } = options;
  return { ...rest, durationNs: Math.min(options.durationNs, COUNTED_NS_MOST), counters: true };
}

/**
 * A trial with what a second pair of the same cell counted, scaled to the trial's own operations.
 *
 * @returns the second pair's problem if it has one: that the cell works has been seen
 */
export function withCounters(timed: TrialMeasurement, counted: TrialOutcome): TrialOutcome {
  if (counted.status === 'stopped') return counted;
  if (counted.status !== 'ok') {
    return { ...counted, status: 'failed', reason: `while events were counted: ${counted.reason}` };
  }
  return {
    ...timed,
    client: withCountersOf(timed.client, counted.client),
    server: withCountersOf(timed.server, counted.server),
  };
}

function withCountersOf(timed: PeerUsage, counted: PeerUsage): PeerUsage {
  const { counters } = counted;
  if (counters === null) return timed;
  const share = counted.ops === 0 ? 0 : timed.ops / counted.ops;
  return { ...timed, counters: { ...counters, values: scaled(counters, share) } };
}

function scaled({ values }: PeerCounters, share: number): PeerCounters['values'] {
  const entries = COUNTER_NAMES.map((name) => {
    const value = values[name];
    return [name, value === null ? null : value * share] as const;
  });
  return Object.fromEntries(entries) as Record<CounterName, number | null>;
}
