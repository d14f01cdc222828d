import { BOOTSTRAP_MIN_TRIALS, type Interval, ratioOfMedians } from '../stats/bootstrap.js';
import { cliffsDelta } from '../stats/cliffs-delta.js';
import { mannWhitney } from '../stats/mann-whitney.js';
import { type Pair, pairedDelta, pairedRatio, signTest } from '../stats/paired.js';
import { welchLog } from '../stats/student.js';
import type { CellResult, TrialRecord } from '../store/schema.js';

/** A figure of one trial; null where it has none. */
export type Figure = (trial: TrialRecord) => number | null;

/** One figure per trial of A and of B. */
export type Groups = readonly [a: readonly number[], b: readonly number[]];

/** Figures of the trials of two cells, in one unit. */
export interface Figures {
  readonly groups: Groups;
  /** Those of the blocks that have both; null = not paired. */
  readonly pairs: readonly Pair[] | null;
}

/** B relative to A, without unit. */
export interface RatioWithInterval {
  readonly ratio: number | null;
  readonly ci95: Interval | null;
}

export interface IntervalOptions {
  /** Seed of the bootstrap. */
  readonly seed: number;
  readonly level: number;
  /** Smallest steps between two values of A and of B; 0 = not known. */
  readonly resolutions?: readonly [a: number, b: number];
}

/** Fewer say nothing of how much blocks differ. */
const MIN_BLOCKS = 2;

/** The figures of a cell's trials that have one. */
export function figuresOf(cell: CellResult, figure: Figure): number[] {
  return cell.per_trial.flatMap((trial) => finite(figure(trial)) ?? []);
}

/** The trials' medians of the operation's time, in ns: those of trials that have figures. */
export function trialMedians(cell: CellResult): number[] {
  return figuresOf(cell, medianNs);
}

/** The median of a trial's operation times, in ns. */
export const medianNs: Figure = (trial) => trial.median_ns;

/**
 * The figures of two cells.
 *
 * @param paired whether both were measured in one run, where the trials of one repetition are a
 *   block; with fewer than two blocks that have both figures they aren't paired all the same
 */
export function figuresOfBoth(
  a: CellResult,
  b: CellResult,
  figure: Figure,
  paired: boolean,
): Figures {
  const pairs = paired ? pairsOf(a, b, figure) : [];
  return {
    groups: [figuresOf(a, figure), figuresOf(b, figure)],
    pairs: pairs.length < MIN_BLOCKS ? null : pairs,
  };
}

function pairsOf(a: CellResult, b: CellResult, figure: Figure): Pair[] {
  const byBlock = new Map(b.per_trial.map((trial) => [trial.repetition, finite(figure(trial))]));
  return a.per_trial.flatMap((trial): Pair[] => {
    const [own, other] = [finite(figure(trial)), byBlock.get(trial.repetition) ?? null];
    return own === null || other === null ? [] : [[own, other]];
  });
}

/** The ratio of B to A with its interval: within pairs where there are any. */
export function ratioInterval(figures: Figures, options: IntervalOptions): RatioWithInterval {
  const { groups, pairs } = figures;
  return pairs === null ? ratioOfGroups(groups, options) : pairedRatio(pairs, options);
}

/**
 * The ratio of the medians, B over A, with its interval.
 *
 * Resampling can't go beyond the smallest and largest trials, which lie completely apart by
 * chance with probability 2 / C(m + n, n). Where the level asks for more than that, Welch's t on
 * logarithms widens the interval.
 */
export function ratioOfGroups(
  [a, b]: Groups,
  { seed, level, resolutions }: IntervalOptions,
): RatioWithInterval {
  const [resolutionB, resolution] = resolutions ?? [0, 0];
  const estimate = ratioOfMedians(b, a, { seed, level, resolution, resolutionB });
  const { ratio, ci95 } = estimate;
  const resampled = Math.min(a.length, b.length) >= BOOTSTRAP_MIN_TRIALS;
  if (ci95 === null || !resampled || 1 - level >= 2 / choices(a.length + b.length, a.length)) {
    return { ratio, ci95 };
  }
  const [low, high] = welchLog(b, a, level);
  const widened = [Math.min(low, ci95[0]), Math.max(high, ci95[1])] as const;
  return { ratio, ci95: widened };
}

/** p, two-sided, and the effect size from -1 to 1: positive where B's figures are the larger ones. */
export function testOf({ groups: [a, b], pairs }: Figures): { p: number; effect: number } {
  return pairs === null
    ? { p: mannWhitney(b, a).p, effect: cliffsDelta(b, a) }
    : { p: signTest(pairs), effect: pairedDelta(pairs) };
}

/** In how many ways k of n things can be chosen. */
function choices(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= k; i++) product *= (n - k + i) / i;
  return product;
}

function finite(figure: number | null): number | null {
  return figure !== null && Number.isFinite(figure) ? figure : null;
}
