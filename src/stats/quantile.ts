/**
 * Quantiles by linear interpolation between order statistics.
 *
 * Definition 7 of Hyndman & Fan, "Sample Quantiles in Statistical Packages",
 * The American Statistician 50(4), 1996: with n sorted values x[0..n-1] the
 * p-quantile is at position (n - 1)p, interpolated between its two neighbours.
 * It is what R, NumPy and Excel's PERCENTILE.INC give by default. (The quantile
 * of simple-statistics doesn't interpolate, so it isn't used here.)
 */

/**
 * The p-quantile of values that are sorted already, in their unit.
 *
 * @param sorted rising, at least one, no NaN
 * @param p from 0 (the minimum) to 1 (the maximum)
 * @throws RangeError when there are no values or p is outside 0..1
 */
export function quantileSorted(sorted: ArrayLike<number>, p: number): number {
  if (sorted.length === 0) throw new RangeError('a quantile of no values is undefined');
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a quantile wants p from 0 to 1, not ${p}`);
  const position = (sorted.length - 1) * p;
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const fraction = position - below;
  // Exactly on a value: no arithmetic that could round or meet an infinity.
  if (fraction === 0) return low;
  const high = sorted[below + 1] as number;
  return low === high ? low : low + (high - low) * fraction;
}

/** A rising copy; numbers, not their spellings, decide the order. */
export function sortedCopy(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/**
 * The p-quantile of values in any order, in their unit; see `quantileSorted`.
 *
 * @throws RangeError when there are no values or p is outside 0..1
 */
export function quantile(values: ArrayLike<number>, p: number): number {
  return quantileSorted(sortedCopy(values), p);
}

/**
 * The median of values in any order, in their unit.
 *
 * @throws RangeError when there are no values
 */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}
