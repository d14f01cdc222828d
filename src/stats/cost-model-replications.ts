import { BOOTSTRAP_MIN_TRIALS, expandedTail, type Interval, notNarrowerThan } from './bootstrap.js';
import { studentQuantile } from './distributions.js';
import { median, quantileSorted } from './quantile.js';
import { createRandom, type Random } from './random.js';

/**
 * What else a sweep could have given: replications of the whole curve of elapsed times.
 *
 * The sampling unit is the trial. Trials of one repetition were measured in one block, one of each
 * size, and share the state of the machine at that time; so blocks are drawn, with all their sizes
 * (a cluster bootstrap: Davison & Hinkley, Bootstrap Methods and their Application, 1997, 3.8).
 * Were trials drawn size by size, a state that shifts all sizes of a block would look as if it
 * averaged out over the sizes. Percentiles are expanded as in bootstrap.ts.
 *
 * With two to four trials of some size, each block that has every size gives a figure of its own,
 * and Student's t over them the interval.
 */

/** One size of a sweep. */
export interface SweptSize {
  readonly bytes: number;
  readonly trials: readonly SweptTrial[];
}

export interface SweptTrial {
  /** Trials of different sizes with the same number were measured in one block. */
  readonly block: number;
  /** Median of the trial, above 0. */
  readonly ns: number;
}

/** Where intervals come from; null when there are none. */
export type CurveMethod = 'bootstrap' | 'student' | null;

export interface Replications {
  readonly method: CurveMethod;
  /** Elapsed times in ns by size: one curve per replication, or per block. */
  readonly curves: readonly (readonly number[])[];
  /** Fewest trials of a size. */
  readonly trials: number;
}

/** A figure with how uncertain it is. */
export interface Estimate {
  readonly value: number;
  readonly ci95: Interval | null;
}

/** A figure of one replication, by the curve or its number. */
export type CurveFigure = (curve: readonly number[], index: number) => number;

const LEVEL = 0.95;

/** The median over trials, size by size, in ns. */
export function medianCurve(sizes: readonly SweptSize[]): number[] {
  return sizes.map(({ trials }) => median(trials.map(({ ns }) => ns)));
}

/**
 * @param sizes each with at least one trial
 * @param options `resamples`: bootstrap replications
 */
export function replicate(
  sizes: readonly SweptSize[],
  { seed, resamples }: { readonly seed: number; readonly resamples: number },
): Replications {
  const trials = Math.min(...sizes.map((size) => size.trials.length));
  const table = blocksOf(sizes);
  if (trials >= BOOTSTRAP_MIN_TRIALS) {
    const random = createRandom(seed);
    const curves = Array.from({ length: resamples }, () => redrawn(table, random));
    return { method: 'bootstrap', curves, trials };
  }
  const whole = table.filter((block) => block.every((figures) => figures.length > 0));
  const curves = whole.map((block) => block.map(median));
  return { method: curves.length < 2 ? null : 'student', curves, trials };
}

/** A figure of the curve with its 95 % interval. */
export function estimateOf(
  value: number,
  replications: Replications,
  figure: CurveFigure,
): Estimate {
  const { method, curves, trials } = replications;
  if (method === null) return { value, ci95: null };
  const figures = Float64Array.from(curves, figure).sort();
  if (!figures.every(Number.isFinite)) return { value, ci95: null };
  const raw = method === 'bootstrap' ? percentiles(figures, trials) : studentInterval(figures);
  return { value, ci95: notNarrowerThan(raw, 0, value) };
}

/** The standard error of a figure of the curve; not a number without replications. */
export function standardError({ method, curves }: Replications, figure: CurveFigure): number {
  if (method === null) return Number.NaN;
  const figures = curves.map(figure);
  const { deviation } = moments(figures);
  return method === 'bootstrap' ? deviation : deviation / Math.sqrt(figures.length);
}

function percentiles(sorted: Float64Array, trials: number): Interval {
  const tail = expandedTail(trials, trials - 1, LEVEL);
  return [quantileSorted(sorted, tail), quantileSorted(sorted, 1 - tail)];
}

function studentInterval(figures: Float64Array): Interval {
  const n = figures.length;
  const { mean, deviation } = moments([...figures]);
  const half = (studentQuantile((1 + LEVEL) / 2, n - 1) * deviation) / Math.sqrt(n);
  return [mean - half, mean + half];
}

function moments(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

/** By block, by size: the figures of its trials, of which there is one or none as a rule. */
type BlockTable = readonly (readonly (readonly number[])[])[];

function blocksOf(sizes: readonly SweptSize[]): BlockTable {
  const numbers = new Set(sizes.flatMap(({ trials }) => trials.map(({ block }) => block)));
  return [...numbers].map((number) =>
    sizes.map(({ trials }) => trials.flatMap(({ block, ns }) => (block === number ? [ns] : []))),
  );
}

function redrawn(table: BlockTable, random: Random): number[] {
  const sizes = table[0]?.length ?? 0;
  for (;;) {
    const drawn = table.map(() => table[random.below(table.length)] as BlockTable[number]);
    const curve = Array.from({ length: sizes }, (_, size) => {
      const figures = drawn.flatMap((block) => block[size] as readonly number[]);
      return figures.length === 0 ? Number.NaN : median(figures);
    });
    // A size that lacks blocks may be left without any: that is no sweep.
    if (!curve.some(Number.isNaN)) return curve;
  }
}
