import type { Interval } from '../stats/bootstrap.js';
import { studentQuantile } from '../stats/distributions.js';
import type { Estimate } from './profile-types.js';

const LEVEL = 0.95;

/**
 * The mean over trials with Student's interval. Means, not medians: only means of parts add up to
 * the mean of the whole.
 *
 * @param values one per trial, at least one
 */
export function meanEstimate(values: readonly number[]): Estimate {
  const n = values.length;
  const value = values.reduce((sum, one) => sum + one, 0) / n;
  if (n < 2) return { value, ci95: null };
  const squares = values.reduce((sum, one) => sum + (one - value) ** 2, 0);
  const error = Math.sqrt(squares / (n - 1) / n);
  const half = studentQuantile(1 - (1 - LEVEL) / 2, n - 1) * error;
  const interval: Interval = [Math.max(0, value - half), value + half];
  return { value, ci95: interval };
}
