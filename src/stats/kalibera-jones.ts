import { studentQuantile } from './distributions.js';

/**
 * Where to put repetitions: Kalibera & Jones, "Rigorous Benchmarking in Reasonable
 * Time", ISMM 2013.
 *
 * An experiment has levels: messages or stretches of a window (the lowest), trials
 * above them, perhaps builds or boots above those. Each adds variance of its own.
 * Repeating at a low level is cheap and can't reduce what a higher level adds; the
 * paper says how many repetitions below a higher one are worth their cost.
 *
 * Levels are counted from the lowest, 1. The notation is the paper's: S²_i, the
 * variance of the means at level i, and T²_i, what level i itself adds. Its first
 * printing subtracts T²_(i-1) / r_(i-1) from S²_i; the revised version has
 * S²_(i-1) / r_(i-1), which is used here (the two agree for two levels).
 */

/** Measurements in nested arrays, all of one depth and, at each level, one length. */
export type Nested = readonly number[] | readonly Nested[];

/** Variances of one level. */
export interface LevelVariance {
  /** Repetitions at this level within one of the next higher. */
  readonly repetitions: number;
  /** S²: mean variance of the means at this level around those of the next higher, in unit². */
  readonly biased: number;
  /** T²: what this level adds, in unit²; below 0 when nothing is to be seen of it. */
  readonly own: number;
}

/**
 * Variance by level, the lowest first.
 *
 * @param data the outermost array is the highest level
 * @throws RangeError for data that isn't even, or a level with fewer than 2 repetitions
 */
export function varianceByLevel(data: Nested): LevelVariance[] {
  const levels = levelsOf(data).map(({ repetitions, variances }) => ({
    repetitions,
    biased: mean(variances),
  }));
  return withOwn(levels);
}

/**
 * Variance by level from S² and repetitions, the lowest level first: for those who have no
 * measurements but their variances.
 */
export function withOwn(
  levels: readonly Pick<LevelVariance, 'repetitions' | 'biased'>[],
): LevelVariance[] {
  return levels.map((level, i) => {
    const below = levels[i - 1];
    const own =
      below === undefined ? level.biased : level.biased - below.biased / below.repetitions;
    return { ...level, own };
  });
}

/**
 * How many repetitions at level i are worth their cost within one at level i + 1:
 * sqrt(c_(i+1) / c_i · T²_i / T²_(i+1)), unrounded.
 *
 * @param own T² of the level, and of the next higher one, in unit²
 * @param cost what one more repetition at the level costs, and at the next higher one beyond
 *   its lower repetitions (start-up and warm-up of a trial); in one unit, above 0
 * @returns 1 when the level adds nothing; infinite when the higher one adds nothing: repeat
 *   where it is cheap
 * @throws RangeError for a cost that isn't above 0
 */
export function optimalRepetitions(
  own: { readonly level: number; readonly above: number },
  cost: { readonly level: number; readonly above: number },
): number {
  if (!(cost.level > 0 && cost.above > 0)) throw new RangeError('costs are above 0');
  if (own.level <= 0) return 1;
  if (own.above <= 0) return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.sqrt((cost.above / cost.level) * (own.level / own.above)));
}

/**
 * How many repetitions of the highest level give an interval of the mean whose
 * half-width, t sqrt(S² / r), is at most what is wanted.
 *
 * @param variance S² of the highest level, with the lower repetitions as planned, in unit²
 * @param halfWidth in the unit of the measurements, above 0
 * @param level of the interval; 0.95 unless given
 * @returns at least 2; null when even `most` don't suffice
 * @throws RangeError for a width that isn't above 0
 */
export function repetitionsForWidth(
  variance: number,
  halfWidth: number,
  { level = 0.95, most = 10_000 }: { readonly level?: number; readonly most?: number } = {},
): number | null {
  if (!(halfWidth > 0)) throw new RangeError(`a width is above 0, not ${halfWidth}`);
  const enough = (r: number) =>
    studentQuantile((1 + level) / 2, r - 1) * Math.sqrt(Math.max(0, variance) / r) <= halfWidth;
  if (!enough(most)) return null;
  let [low, high] = [2, most];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

interface Level {
  readonly repetitions: number;
  /** One for each group of repetitions. */
  readonly variances: readonly number[];
}

/** From the lowest level to that of the outermost array. */
function levelsOf(data: Nested): Level[] {
  const count = data.length;
  if (count < 2) throw new RangeError('a level wants 2 repetitions or more');
  const parts = data.filter((part) => typeof part !== 'number');
  if (parts.length === 0) return [{ repetitions: count, variances: [variance(numbers(data))] }];
  if (parts.length !== count) throw new RangeError('the measurements are nested unevenly');
  const below = parts.map(levelsOf);
  const [first] = below as [Level[]];
  const merged = first.map((level, i) => {
    const group = below.map((levels) => levels[i]);
    const even = group.every((other) => other?.repetitions === level.repetitions);
    if (!even || below.some((levels) => levels.length !== first.length)) {
      throw new RangeError('the measurements are nested unevenly');
    }
    return { ...level, variances: group.flatMap((other) => other?.variances ?? []) };
  });
  return [...merged, { repetitions: count, variances: [variance(parts.map(meanOfNested))] }];
}

function meanOfNested(data: Nested): number {
  return mean(data.map((part) => (typeof part === 'number' ? part : meanOfNested(part))));
}

function numbers(data: Nested): number[] {
  return data.filter((part) => typeof part === 'number');
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}
