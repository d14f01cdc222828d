import { BOOTSTRAP_MIN_TRIALS } from '../stats/bootstrap.js';
import { SIGN_TEST_MIN_PAIRS } from '../stats/paired.js';

/**
 * How ratios within blocks come about.
 *
 * @param blocks of each ratio that has an interval, at least one
 */
export function withinBlocks(blocks: readonly number[]): string {
  const [least, most] = [Math.min(...blocks), Math.max(...blocks)];
  const count = least === most ? String(most) : `${least} to ${most}`;
  const few =
    least < SIGN_TEST_MIN_PAIRS
      ? ` (Student’s t on logarithms below ${SIGN_TEST_MIN_PAIRS} blocks)`
      : '';
  return `median over ${count} blocks of the quotient within a block, with 95 % intervals of the sign test${few}`;
}

/**
 * How ratios of groups of trials come about.
 *
 * @param trials of each side
 */
export function ofGroups(trials: readonly number[], seed: number): string {
  const few = trials.some((count) => count > 1 && count < BOOTSTRAP_MIN_TRIALS)
    ? ` (Welch’s t on logarithms below ${BOOTSTRAP_MIN_TRIALS} trials)`
    : '';
  return `of the medians of trials, with 95 % intervals by bootstrap over trials${few}, seed ${seed}`;
}
