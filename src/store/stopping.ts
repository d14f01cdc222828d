import { isPrecise, nextTrials } from '../stats/stopping.js';
import { bootstrapSeed, estimateOfTrials, isMeasured, operationTimesOf } from './cell-figures.js';
import type { CellResult, TrialRecord } from './schema.js';

/** Why a cell has no more trials. */
export type StopReason = NonNullable<CellResult['stopped']>;

/** Trials of the null probe where it is no row: what the harness costs is a footnote. */
export const HARNESS_TRIALS_MOST = 5;

/** When a cell has enough trials. */
export interface StoppingRules {
  readonly minTrials: number;
  readonly maxTrials: number;
  /** Relative half-width of the interval to be reached; null = exactly `maxTrials` trials. */
  readonly precision: number | null;
}

export interface StopState {
  /** Null = the cell needs a further trial. */
  readonly reason: Extract<StopReason, 'precision' | 'max-trials' | 'fixed'> | null;
  /** As long as the cell has fewer trials than this, the answer stays the same. */
  readonly nextLook: number;
}

/**
 * Whether a cell has enough trials. The precision isn't looked at after each trial, because looking
 * often favours moments at which the interval happens to be narrow; the moments follow from the
 * trials alone, so that a resumed run stops where the uninterrupted one would have.
 *
 * @param index of the cell in the plan
 * @param seed of the run
 */
export function stopState(
  records: readonly TrialRecord[],
  { minTrials, maxTrials, precision }: StoppingRules,
  { index, seed }: { readonly index: number; readonly seed: number },
): StopState {
  const { length } = records;
  if (precision === null) {
    return { reason: length >= maxTrials ? 'fixed' : null, nextLook: maxTrials };
  }
  const target = { precision, minTrials, maxTrials };
  let look = Math.min(minTrials, maxTrials);
  while (look <= length) {
    const measured = records.slice(0, look).filter(isMeasured);
    const times = measured.map(operationTimesOf);
    const estimate = estimateOfTrials(times, bootstrapSeed(seed, index));
    const standing = { trials: measured.length, estimate };
    if (isPrecise(standing, target)) return { reason: 'precision', nextLook: look };
    if (look >= maxTrials) return { reason: 'max-trials', nextLook: look };
    look = Math.min(maxTrials, look + Math.max(1, nextTrials(standing, target)));
  }
  return { reason: null, nextLook: look };
}
