import { checkFinite, type Interval, levelOf, notNarrowerThan } from './bootstrap.js';
import { median } from './quantile.js';
import { studentLog } from './student.js';

/**
 * Paired comparison: two things measured again and again, each time right after one another.
 *
 * What the machine does slowly (another guest on the host, the clock's frequency, heat) meets both
 * members of a pair, so their quotient is free of it where the medians of the two groups are not.
 * Blocking of this kind is as old as R. A. Fisher, The Design of Experiments (1935), ch. 3-4; that
 * interleaving is what makes benchmarks on shared machines repeatable is shown by Abedi & Brecht,
 * "Conducting Repeatable Experiments in Highly Variable Cloud Computing Environments", ICPE 2017.
 *
 * What is quick (a pair between whose members the machine changed) leaves outliers to either side.
 * So the figure is the median of the quotients, which half of the pairs may spoil, and its interval
 * is that of the sign test, which assumes nothing of their distribution but that the pairs are
 * independent (Thompson, "On Confidence Ranges for the Median and Other Expectation Distributions
 * for Populations of Unknown Distribution Form", Annals of Mathematical Statistics 7(3), 1936;
 * Conover, Practical Nonparametric Statistics, 3.2 and 3.4).
 */

/** Pairs from which on the sign test alone gives an interval at 95 %. */
export const SIGN_TEST_MIN_PAIRS = 6;

/** The figures of one block: of A and of B, in one unit. */
export type Pair = readonly [a: number, b: number];

export interface PairedOptions {
  /** Level of the interval; 0.95 unless given. */
  readonly level?: number;
  /** Smallest step between two values of A, and of B, in their unit; 0 = not known. */
  readonly resolutions?: readonly [a: number, b: number];
}

/** What pairs say of B relative to A. */
export interface PairedRatio {
  /** Median of b / a, without unit; null without a pair or where a figure isn't above 0. */
  readonly ratio: number | null;
  readonly ci95: Interval | null;
  /** How the interval came about: Student's where the pairs are too few for the level. */
  readonly method: 'order-statistics' | 'student-log' | null;
}

/**
 * The median quotient b / a of pairs with its interval. Those of a / b are the reciprocals.
 *
 * The interval reaches from the k-th smallest quotient to the k-th largest, k the largest for which
 * the level is kept; it is exact or a little wider than it need be. Where even the smallest and the
 * largest don't keep it (fewer than six pairs at 95 %), Student's t of the logarithms widens it
 * beyond them.
 *
 * @throws RangeError for a figure that isn't finite, and for a level that isn't one
 */
export function pairedRatio(pairs: readonly Pair[], options: PairedOptions = {}): PairedRatio {
  const level = levelOf(options);
  checkFinite(pairs.flat());
  if (pairs.length === 0 || pairs.some(([a, b]) => a <= 0 || b <= 0)) return NOTHING;
  const quotients = pairs.map(([a, b]) => b / a).sort((x, y) => x - y);
  const ratio = middle(quotients);
  if (pairs.length < 2) return { ...NOTHING, ratio };
  const rank = intervalRank(pairs.length, level);
  const raw = rank > 0 ? between(quotients, rank) : beyondAll(quotients, level);
  const ci95 = notNarrowerThan(raw, ratio * relativeStep(pairs, options), ratio);
  // From 0 on: the figures are below the resolution, so nothing is known of their ratio.
  if (ci95 === null || ci95[0] === 0) return { ...NOTHING, ratio };
  return { ratio, ci95, method: rank > 0 ? 'order-statistics' : 'student-log' };
}

/**
 * The sign test: how likely at least so uneven a split of the pairs is, up or down, if neither
 * direction is the likelier one. Two-sided, exact; pairs of equal figures don't count.
 *
 * @returns a probability; 1 without a pair that differs
 */
export function signTest(pairs: readonly Pair[]): number {
  const up = pairs.filter(([a, b]) => b > a).length;
  const down = pairs.filter(([a, b]) => b < a).length;
  return Math.min(1, 2 * binomialTail(Math.min(up, down), up + down));
}

/**
 * Share of pairs in which b is the larger one less the share in which it is the smaller one: Cliff's
 * delta within pairs (d_w in "Dominance Statistics: Ordinal Analyses to Answer Ordinal Questions",
 * Psychological Bulletin 114(3), 1993).
 *
 * @returns from -1 to 1, without unit; NaN without pairs
 */
export function pairedDelta(pairs: readonly Pair[]): number {
  return pairs.reduce((sum, [a, b]) => sum + Math.sign(b - a), 0) / pairs.length;
}

const NOTHING: PairedRatio = { ratio: null, ci95: null, method: null };

/** The median; the geometric mean of two, so that it doesn't matter which way they were divided. */
function middle(sorted: readonly number[]): number {
  const last = sorted.length - 1;
  const [low, high] = [sorted[Math.floor(last / 2)], sorted[Math.ceil(last / 2)]];
  return Math.sqrt((low as number) * (high as number));
}

/** From the k-th smallest to the k-th largest. */
function between(sorted: readonly number[], k: number): Interval {
  return [sorted[k - 1] as number, sorted[sorted.length - k] as number];
}

/** Student's interval, or what all quotients span where that is wider. */
function beyondAll(sorted: readonly number[], level: number): Interval {
  const [low, high] = studentLog(sorted, level);
  const [smallest, largest] = between(sorted, 1);
  return [Math.min(low, smallest), Math.max(high, largest)];
}

/** The k of the k-th smallest and largest of n that hold the median at a level; 0 = none do. */
function intervalRank(n: number, level: number): number {
  let rank = 0;
  while (rank < n / 2 && 2 * binomialTail(rank, n) <= 1 - level) rank++;
  return rank;
}

/** Probability of at most k heads in n throws of a fair coin. */
function binomialTail(k: number, n: number): number {
  // From the logarithm on, since 2 ** -n is 0 for n in the thousands.
  let logTerm = -n * Math.LN2;
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log((n - i) / (i + 1));
  }
  return sum;
}

/** Both figures of a quotient are rounded to their steps. */
function relativeStep(pairs: readonly Pair[], { resolutions }: PairedOptions): number {
  if (resolutions === undefined) return 0;
  const [a, b] = [median(pairs.map((pair) => pair[0])), median(pairs.map((pair) => pair[1]))];
  return resolutions[0] / a + resolutions[1] / b;
}
