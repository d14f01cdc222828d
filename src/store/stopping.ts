import { pairedRatio } from '../stats/paired.js';
import { isPrecise, nextTrials, type Standing } from '../stats/stopping.js';
import { bootstrapSeed, estimateOfTrials, isMeasured, operationTimesOf } from './cell-figures.js';
import type { CellResult, TrialRecord } from './schema.js';
import { sampleStepNs } from './trial-times.js';

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
  /** Null = a further trial is needed. */
  readonly reason: Extract<StopReason, 'precision' | 'max-trials' | 'fixed'> | null;
  /** As long as there are fewer trials than this, the answer stays the same. */
  readonly nextLook: number;
}

/**
 * Whether cells that stop together have enough trials: a single one when its median's interval is
 * as narrow as asked, several when that of every ratio within blocks is. The precision isn't looked
 * at after each trial, because looking often favours moments at which the interval happens to be
 * narrow; the moments follow from the trials alone, so that a resumed run stops where the
 * uninterrupted one would have.
 *
 * @param records trials of each cell, by repetition
 * @param index of the first cell in the plan
 * @param seed of the run
 */
export function stopState(
  records: readonly (readonly TrialRecord[])[],
  { minTrials, maxTrials, precision }: StoppingRules,
  { index, seed }: { readonly index: number; readonly seed: number },
): StopState {
  const length = Math.min(...records.map((own) => own.length));
  if (precision === null) {
    return { reason: length >= maxTrials ? 'fixed' : null, nextLook: maxTrials };
  }
  const target = { precision, minTrials, maxTrials };
  let look = Math.min(minTrials, maxTrials);
  while (look <= length) {
    const standings = standingsOf(
      records.map((own) => own.slice(0, look)),
      bootstrapSeed(seed, index),
    );
    if (standings.every((one) => isPrecise(one, target))) {
      return { reason: 'precision', nextLook: look };
    }
    if (look >= maxTrials) return { reason: 'max-trials', nextLook: look };
    const missing = standings.map((one) => nextTrials(one, target));
    look = Math.min(maxTrials, look + Math.max(1, ...missing));
  }
  return { reason: null, nextLook: look };
}

/** How a cell stands, or every two of several. */
function standingsOf(records: readonly (readonly TrialRecord[])[], seed: number): Standing[] {
  const [first = [], ...others] = records;
  if (others.length > 0) {
    return records.flatMap((a, index) => records.slice(index + 1).map((b) => standingOfPair(a, b)));
  }
  const times = first.filter(isMeasured).map(operationTimesOf);
  return [{ trials: times.length, estimate: estimateOfTrials(times, seed) }];
}

function standingOfPair(a: readonly TrialRecord[], b: readonly TrialRecord[]): Standing {
  const blocks = a.flatMap(({ median_ns: own }, block): (readonly [number, number])[] => {
    const other = b[block]?.median_ns ?? null;
    return own === null || other === null ? [] : [[own, other]];
  });
  const resolutions = [sampleStepNs(a), sampleStepNs(b)] as const;
  const { ratio, ci95 } = pairedRatio(blocks, { resolutions });
  return { trials: blocks.length, estimate: { median: ratio, ci95 } };
}
