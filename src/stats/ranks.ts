/** Ranks of the values of two groups together. */
export interface JointRanks {
  /** Sum of the midranks of the first group, ranks counted from 1. */
  readonly sumA: number;
  /** Twice the midrank of every value, rising: whole numbers. */
  readonly doubled: readonly number[];
  /** How many values share each rank, for ranks that more than one shares. */
  readonly ties: readonly number[];
}

/**
 * Ranks two groups as one, values that are equal sharing the mean of their ranks
 * (midranks; Lehmann, Nonparametrics, 1975, 1.4).
 *
 * @throws RangeError for NaN, which has no rank
 */
export function jointRanks(a: readonly number[], b: readonly number[]): JointRanks {
  const all = [
    ...a.map((value) => ({ value, inA: true })),
    ...b.map((value) => ({ value, inA: false })),
  ];
  if (all.some(({ value }) => Number.isNaN(value))) throw new RangeError('NaN has no rank');
  all.sort((left, right) => (left.value < right.value ? -1 : Number(left.value > right.value)));
  const doubled: number[] = [];
  const ties: number[] = [];
  let doubledSumA = 0;
  for (let start = 0; start < all.length; ) {
    let end = start;
    while (end < all.length && all[end]?.value === all[start]?.value) end++;
    // Ranks start + 1 to end: their mean, doubled.
    const rank = start + 1 + end;
    for (const { inA } of all.slice(start, end)) {
      doubled.push(rank);
      if (inA) doubledSumA += rank;
    }
    if (end - start > 1) ties.push(end - start);
    start = end;
  }
  return { sumA: doubledSumA / 2, doubled, ties };
}
