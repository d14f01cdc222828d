import { constants } from 'node:os';
import type { CounterName, PeerCounters, TrialMeasurement } from '../runner/types.js';
import { bySide, type Collector, NOTHING_TO_STOP, type Side } from './types.js';

/** What a peer's counters say of its window. */
export interface CounterFigures {
  readonly values: Readonly<Record<CounterName, number | null>>;
  /** Share of the window in which every event was counted; below 1 the values are scaled. */
  readonly counted: number;
  /** Why some event is missing; null = none is. */
  readonly missing: string | null;
}

/** perf_event_open(2) in the peers: they count themselves, over exactly the window. */
export const perfCounters: Collector<Record<Side, CounterFigures>> = {
  name: 'perf-counters',
  summary: 'cycles, instructions, misses and faults by the peers’ own counters',
  inPeers: true,
  // What can be counted shows when it is tried: each event by itself, in the peer.
  supported: async () => null,
  start: async () => NOTHING_TO_STOP,
  parse: (_raw, trial) => counterFigures(trial),
};

function counterFigures(trial: TrialMeasurement): Record<Side, CounterFigures> {
  return bySide((side) => {
    const { counters } = trial[side];
    if (counters === null) throw new Error('the peers were not asked to count');
    const { enabledNs, runningNs, values } = counters;
    const counted = enabledNs === 0 ? 0 : runningNs / enabledNs;
    return { values, counted, missing: missing(counters) };
  });
}

function missing({ error }: PeerCounters): string | null {
  const { ENOENT, EOPNOTSUPP, EACCES, EPERM, EMFILE } = constants.errno;
  if (error === 0) return null;
  if (error === ENOENT || error === EOPNOTSUPP) {
    return 'no hardware counters here, as in most virtual machines: the hypervisor can pass them on (a virtual PMU)';
  }
  if (error === EACCES || error === EPERM) {
    return 'not allowed: run as root, with CAP_PERFMON, or sysctl kernel.perf_event_paranoid=1';
  }
  if (error === EMFILE) return 'too many open files: raise ulimit -n';
  return `perf_event_open failed with error ${error}`;
}
