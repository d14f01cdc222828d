import { quantileSorted, sortedCopy } from './quantile.js';

/**
 * Samples beyond Tukey's fences. They are counted and shown; no figure leaves
 * them out.
 */
export interface OutlierCounts {
  /** Samples that were looked at. */
  readonly of: number;
  /** Below Q1 - 3 IQR. */
  readonly lowSevere: number;
  /** From there to Q1 - 1.5 IQR. */
  readonly lowMild: number;
  /** Above Q3 + 1.5 IQR, up to the next fence. */
  readonly highMild: number;
  /** Above Q3 + 3 IQR. */
  readonly highSevere: number;
}

/**
 * Counts the samples outside the inner (1.5 IQR) and outer (3 IQR) fences of
 * Tukey, Exploratory Data Analysis, 1977. An IQR of zero puts every sample that
 * differs from the quartiles outside: right for a constant, to be read with
 * care for values near the clock's resolution.
 *
 * @param values in any order; none = all counts 0
 */
export function tukeyOutliers(values: ArrayLike<number>): OutlierCounts {
  const counts = { of: values.length, lowSevere: 0, lowMild: 0, highMild: 0, highSevere: 0 };
  if (values.length === 0) return counts;
  const sorted = sortedCopy(values);
  const q1 = quantileSorted(sorted, 0.25);
  const q3 = quantileSorted(sorted, 0.75);
  const range = q3 - q1;
  for (const value of sorted) {
    if (value < q1 - 3 * range) counts.lowSevere++;
    else if (value < q1 - 1.5 * range) counts.lowMild++;
    else if (value > q3 + 3 * range) counts.highSevere++;
    else if (value > q3 + 1.5 * range) counts.highMild++;
  }
  return counts;
}

/** The counts of several groups together; each group keeps its own fences. */
export function sumOutliers(groups: Iterable<OutlierCounts>): OutlierCounts {
  const total = { of: 0, lowSevere: 0, lowMild: 0, highMild: 0, highSevere: 0 };
  for (const group of groups) {
    total.of += group.of;
    total.lowSevere += group.lowSevere;
    total.lowMild += group.lowMild;
    total.highMild += group.highMild;
    total.highSevere += group.highSevere;
  }
  return total;
}
