import type { MedianEstimate } from './bootstrap.js';

/**
 * When enough trials have been made: a sequential rule on the width of a
 * confidence interval.
 *
 * A cell is precise when half the width of its interval is at most a given share
 * of its median. This is the relative-precision rule of Law & Kelton, Simulation
 * Modeling and Analysis, ch. 9 (after Chow & Robbins, "On the Asymptotic Theory
 * of Fixed-Width Sequential Confidence Intervals", Annals of Mathematical
 * Statistics 36(2), 1965); Georges, Buytaert & Eeckhout, "Statistically Rigorous
 * Java Performance Evaluation", OOPSLA 2007, 3.2, use it for benchmarks.
 *
 * Looking again and again favours the moments at which the interval happens to
 * be narrow, so that intervals after an early stop cover less often than they
 * say. Two things keep that small: no cell stops before `STOPPING_MIN_TRIALS`,
 * and `nextTrials` asks for the trials that are missing by the square-root law
 * rather than for one more at a time.
 */

/** Trials below which no cell is precise, however narrow its interval. */
export const STOPPING_MIN_TRIALS = 5;

/** Trials at which a cell that is not precise stops, unless something else is asked for. */
export const STOPPING_MAX_TRIALS = 50;

/** At most so many times the trials there are, from one look to the next: the width is a rough guess. */
const MAX_GROWTH = 2;

/** What the rule looks at: a median and its interval, as `medianOfTrials` gives them. */
export type Estimated = Pick<MedianEstimate, 'median' | 'ci95'>;

/** A cell as it stands. */
export interface Standing {
  /** Trials with figures. */
  readonly trials: number;
  readonly estimate: Estimated;
}

/** What is to be reached, and with how much at most. */
export interface StoppingTarget {
  /** Largest relative half-width of the interval: 0.01 = 1 %. */
  readonly precision: number;
  /** Trials of the cell at most; no limit unless given. */
  readonly maxTrials?: number;
  /** Trials of the cell at least; `STOPPING_MIN_TRIALS` unless given. */
  readonly minTrials?: number;
}

/**
 * Half the width of the interval as a share of the median, without unit; null
 * when there is no interval or the median is 0.
 */
export function relativeHalfWidth({ median, ci95 }: Estimated): number | null {
  if (median === null || median === 0 || ci95 === null) return null;
  return (ci95[1] - ci95[0]) / 2 / Math.abs(median);
}

/**
 * Whether a cell has reached its target. A cell without an interval never has:
 * nothing is known of its precision.
 *
 * @throws RangeError for a precision or a number of trials that means nothing
 */
export function isPrecise({ trials, estimate }: Standing, target: StoppingTarget): boolean {
  check(trials, target);
  if (trials < (target.minTrials ?? STOPPING_MIN_TRIALS)) return false;
  const width = relativeHalfWidth(estimate);
  return width !== null && width <= target.precision;
}

/**
 * How many further trials of the cell to make before looking again: 0 when it is
 * precise or has all it may have. The width falls with the square root of the
 * number of trials; since the width of few trials is a rough guess, the number
 * at most doubles.
 *
 * @throws RangeError for a precision or a number of trials that means nothing
 */
export function nextTrials(standing: Standing, target: StoppingTarget): number {
  if (isPrecise(standing, target)) return 0;
  const { trials, estimate } = standing;
  const left = Math.max(0, (target.maxTrials ?? Number.POSITIVE_INFINITY) - trials);
  const least = target.minTrials ?? STOPPING_MIN_TRIALS;
  if (trials < least) return Math.min(least - trials, left);
  const width = relativeHalfWidth(estimate);
  // No interval after enough trials: they agree to the last digit, and one more may tell them apart.
  if (width === null) return Math.min(1, left);
  const wanted = Math.ceil(trials * (width / target.precision) ** 2);
  return Math.min(Math.max(1, Math.min(wanted, MAX_GROWTH * trials) - trials), left);
}

function check(trials: number, { precision, maxTrials, minTrials }: StoppingTarget): void {
  if (!(precision > 0)) throw new RangeError(`a precision is above 0, not ${precision}`);
  const whole = [trials, minTrials ?? 0].find((n) => !(Number.isInteger(n) && n >= 0));
  if (whole !== undefined) throw new RangeError(`trials are counted, not ${whole}`);
  if (maxTrials !== undefined && !(maxTrials >= 1)) {
    throw new RangeError(`at least 1 trial must be allowed, not ${maxTrials}`);
  }
}
