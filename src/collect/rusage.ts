import type { TrialMeasurement } from '../runner/types.js';
import { bySide, type Collector, type ModeTimes, NOTHING_TO_STOP, type Side } from './types.js';

export interface RusageFigures extends ModeTimes {
  readonly ops: number;
  /** The window as this side saw it. */
  readonly wallNs: number;
  readonly voluntarySwitches: number;
  readonly involuntarySwitches: number;
}

/** getrusage(2) of the peers at the edges of their windows: in every trial anyway. */
export const rusage: Collector<Record<Side, RusageFigures>> = {
  name: 'rusage',
  summary: 'processor time by getrusage: its sum is exact, its split sampled by the tick',
  inPeers: false,
  supported: async () => null,
  start: async () => NOTHING_TO_STOP,
  parse: (_raw, trial) => rusageFigures(trial),
};

export function rusageFigures(trial: TrialMeasurement): Record<Side, RusageFigures> {
  return bySide((side) => {
    const { ops, wallNs, userNs, systemNs, voluntarySwitches, involuntarySwitches } = trial[side];
    return { ops, wallNs, userNs, systemNs, voluntarySwitches, involuntarySwitches };
  });
}
