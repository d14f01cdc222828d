import { normalCdf } from './distributions.js';
import { type JointRanks, jointRanks } from './ranks.js';

/** What the test says. */
export interface MannWhitney {
  /** Pairs in which the value of `a` is the larger one, ties counting one half; NaN for an empty group. */
  readonly u: number;
  /** Two-sided; 1 for an empty group, which shows nothing. */
  readonly p: number;
  /** Whether p is exact, rather than by the normal approximation. */
  readonly exact: boolean;
}

/** Up to so many values together the distribution is counted out; its counts are then exact integers. */
export const EXACT_MAX_VALUES = 50;

/**
 * The rank-sum test of Mann & Whitney ("On a Test of Whether one of Two Random
 * Variables is Stochastically Larger than the Other", Annals of Mathematical
 * Statistics 18(1), 1947), two-sided. The values are figures of trials: messages
 * of one trial aren't independent of each other.
 *
 * Up to 50 values together p is exact, with ties as well: the sums of midranks of
 * all choices of |a| values are counted by recurrence (Streitberg & Röhmel, "Exact
 * Distributions for Permutation and Rank Tests", Statistical Software Newsletter
 * 12(1), 1986), and the smaller tail is doubled, as R's wilcox.test and SciPy's
 * mannwhitneyu do. Beyond that: the normal approximation with corrections for ties
 * and continuity (Lehmann, Nonparametrics, 1975, 1.4).
 *
 * Few values can't give a small p, however far apart they are: at best 2 / C(m+n, n),
 * which is 0.1 for 3 and 3, 0.029 for 4 and 4, 0.008 for 5 and 5.
 *
 * @throws RangeError for NaN
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): MannWhitney {
  const ranks = jointRanks(a, b);
  if (a.length === 0 || b.length === 0) return { u: Number.NaN, p: 1, exact: true };
  const u = ranks.sumA - (a.length * (a.length + 1)) / 2;
  const exact = a.length + b.length <= EXACT_MAX_VALUES;
  const p = exact ? exactP(ranks, a.length) : normalP(u, ranks, a.length, b.length);
  return { u, p, exact };
}

/** Twice the smaller tail of the permutation distribution of the rank sum, at most 1. */
function exactP({ doubled, sumA }: JointRanks, size: number): number {
  const counts = subsetSums(doubled, size);
  const observed = 2 * sumA;
  let atMost = 0;
  let atLeast = 0;
  let all = 0;
  counts.forEach((count, sum) => {
    all += count;
    if (sum <= observed) atMost += count;
    if (sum >= observed) atLeast += count;
  });
  return Math.min(1, (2 * Math.min(atMost, atLeast)) / all);
}

/** In how many ways `size` of the items make each sum: index = sum. */
function subsetSums(items: readonly number[], size: number): Float64Array {
  const largest = items.reduce((sum, item) => sum + item, 0);
  const ways = Array.from({ length: size + 1 }, () => new Float64Array(largest + 1));
  (ways[0] as Float64Array)[0] = 1;
  for (const item of items) {
    for (let chosen = size; chosen > 0; chosen--) {
      const from = ways[chosen - 1] as Float64Array;
      const to = ways[chosen] as Float64Array;
      for (let sum = largest; sum >= item; sum--) {
        to[sum] = (to[sum] as number) + (from[sum - item] as number);
      }
    }
  }
  return ways[size] as Float64Array;
}

function normalP(u: number, { ties }: JointRanks, m: number, n: number): number {
  const total = m + n;
  const tied = ties.reduce((sum, t) => sum + (t ** 3 - t), 0);
  const variance = ((m * n) / 12) * (total + 1 - tied / (total * (total - 1)));
  // Every value equal: no order to speak of.
  if (variance <= 0) return 1;
  const distance = Math.max(0, Math.abs(u - (m * n) / 2) - 0.5);
  return 2 * normalCdf(-distance / Math.sqrt(variance));
}
