import type { ComparedPair } from '../session/compare.js';
import { atPlace, endAtPlace, halfWidth, lastPlace } from './quantity.js';

/** However close to 1 an interval ends, its ends get no more decimals than this. */
const FINEST_RATIO = -5;

/**
 * A pair's verdict in words: `pipe is 4.1x [3.9 .. 4.3] faster`, always from the
 * faster one's side, or `not separated`.
 *
 * @param names of the sides
 */
export function describeVerdict(
  pair: Pick<ComparedPair, 'verdict' | 'ratio' | 'ci95'>,
  names: readonly [string, string],
): string {
  const { ratio, ci95 } = pair;
  if (pair.verdict === 'not comparable' || ratio === null || ci95 === null) return pair.verdict;
  if (pair.verdict === 'not separated') return `not separated: ${ratioText(ratio, ci95)}`;
  return pair.verdict === 'faster'
    ? `${names[0]} is ${ratioText(ratio, ci95)} faster`
    : `${names[1]} is ${ratioText(1 / ratio, [1 / ci95[1], 1 / ci95[0]])} faster`;
}

/** A ratio and its interval: `4.1x [3.9 .. 4.3]`. */
export function ratioText(ratio: number, ci95: readonly [number, number]): string {
  let place = lastPlace(ratio, halfWidth(ci95));
  const shown = () => ci95.map((end) => endAtPlace(end, place));
  // An interval that excludes 1 must not look as if it didn't, because of rounding.
  const hidesTheGap = () =>
    (ci95[0] > 1 && Number(shown()[0]) <= 1) || (ci95[1] < 1 && Number(shown()[1]) >= 1);
  while (hidesTheGap() && place > FINEST_RATIO) place--;
  return `${atPlace(ratio, place)}x [${shown().join(' .. ')}]`;
}
