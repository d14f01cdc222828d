import { jointRanks } from './ranks.js';

/**
 * Cliff's delta: the share of pairs in which the value of `a` is the larger one
 * less the share in which it is the smaller one (Cliff, "Dominance Statistics:
 * Ordinal Analyses to Answer Ordinal Questions", Psychological Bulletin 114(3),
 * 1993). 1: every value of `a` is above every one of `b`; 0: neither group is
 * on the whole larger; -1: every one is below. It is 2U / mn - 1 of Mann and Whitney.
 *
 * @returns from -1 to 1, without unit; NaN for an empty group
 * @throws RangeError for NaN
 */
export function cliffsDelta(a: readonly number[], b: readonly number[]): number {
  const { sumA } = jointRanks(a, b);
  if (a.length === 0 || b.length === 0) return Number.NaN;
  const u = sumA - (a.length * (a.length + 1)) / 2;
  return (2 * u) / (a.length * b.length) - 1;
}

/** How large an effect is, in a word. */
export type EffectMagnitude = 'negligible' | 'small' | 'medium' | 'large';

/**
 * The words that Romano, Kromrey, Coraggio & Skowronek give to |delta| ("Appropriate
 * Statistics for Ordinal Level Data", Florida Association of Institutional Research,
 * 2006): below 0.147, 0.33, 0.474, and from there on. They say how well two groups
 * are told apart, not how much faster one is: that is the ratio's business.
 */
export function effectMagnitude(delta: number): EffectMagnitude {
  const size = Math.abs(delta);
  if (size < 0.147) return 'negligible';
  if (size < 0.33) return 'small';
  return size < 0.474 ? 'medium' : 'large';
}
