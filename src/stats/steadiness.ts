import { effectiveSampleSize } from './autocorrelation.js';
import { median, quantileSorted, sortedCopy } from './quantile.js';

/**
 * Whether what a trial measured stayed at one level over its window.
 *
 * The samples in time order are cut into tenths, and their medians looked at:
 * medians, so that a few late wake-ups are no change of level. Steady is a stretch
 * whose tenths all lie within a tolerance of its own median. The tolerance is 5 %, or
 * four standard errors of a tenth's median where the samples scatter so much that
 * 5 % would be chance. A change that is smaller than the tolerance isn't called a
 * drift, however significant: with thousands of samples everything is.
 *
 * Steady from the start: `steady`. Otherwise `drifting`, when the last half or more
 * is steady (a warm-up that was too short; `at` says where it ends), or when the
 * tenths rise or fall throughout, by the test of Mann ("Nonparametric Tests Against
 * Trend", Econometrica 13, 1945) with Kendall's exact distribution, at 1 %. What is
 * neither is `never steady`: its level jumps, and no cut at the start helps. (Jumps that
 * last less than a tenth cancel out here; they show in `bimodality`.) That such
 * benchmarks exist and must be said to is the finding of Barrett et al., "Virtual
 * Machine Warmup Blows Hot and Cold", OOPSLA 2017.
 */
export type SteadinessVerdict = 'steady' | 'drifting' | 'never steady';

/** What was found. */
export interface Steadiness {
  readonly verdict: SteadinessVerdict;
  /**
   * Change per tenth as a share of the median of the tenths: 0.01 = 1 % more in each. The median
   * of the slopes of all pairs (Theil 1950; Sen, JASA 63, 1968). 0 when the median is 0.
   */
  readonly slope: number;
  /** The first tenth, from 0, from which on all is steady; null when there is none in the first half. */
  readonly at: number | null;
}

/** Pieces that a trial is cut into. */
export const TENTHS = 10;

/** Samples below which tenths say nothing. */
export const STEADINESS_MIN_SAMPLES = 100;

const DEFAULT_TOLERANCE = 0.05;
/** Standard errors of a tenth's median that are chance: ten tenths are looked at, in every trial. */
const ERRORS_OF_CHANCE = 4;
const TREND_LEVEL = 0.01;

export interface SteadinessOptions {
  /** Largest distance from the stretch's median, as a share of it; 0.05 unless given. */
  readonly tolerance?: number;
  /** Standard error of the median of a tenth, in the unit of the tenths; 0 unless given. */
  readonly error?: number;
}

/** Tenths of a trial. */
export interface Tenths {
  /** Medians of ten stretches of equally many samples, in time order, in the samples' unit. */
  readonly medians: readonly number[];
  /** Standard error of such a median, in the samples' unit. */
  readonly error: number;
}

/**
 * Cuts samples into tenths.
 *
 * @param samples in time order
 * @returns null below `STEADINESS_MIN_SAMPLES`
 */
export function tenthsOf(samples: ArrayLike<number>): Tenths | null {
  if (samples.length < STEADINESS_MIN_SAMPLES) return null;
  const all = Float64Array.from(samples);
  const tenths = Array.from({ length: TENTHS }, (_, i) =>
    all.subarray(
      Math.floor((i * all.length) / TENTHS),
      Math.floor(((i + 1) * all.length) / TENTHS),
    ),
  );
  return { medians: tenths.map(median), error: median(tenths.map(errorOfMedian)) };
}

/**
 * Judges tenths in time order, at least four.
 *
 * @param tenths their medians, finite, in one unit
 * @throws RangeError for fewer, or for what isn't finite
 */
export function steadiness(tenths: readonly number[], options: SteadinessOptions = {}): Steadiness {
  if (tenths.length < 4) throw new RangeError(`${tenths.length} pieces are too few to judge`);
  if (!tenths.every(Number.isFinite)) throw new RangeError('tenths must be finite');
  const level = median(tenths);
  const slope = level === 0 ? 0 : theilSen(tenths) / Math.abs(level);
  const lastStart = Math.floor(tenths.length / 2);
  const starts = Array.from({ length: lastStart + 1 }, (_, start) => start);
  const at = starts.find((start) => withinTolerance(tenths.slice(start), options)) ?? null;
  if (at === 0) return { verdict: 'steady', slope, at };
  const drifting = at !== null || trendP(tenths) <= TREND_LEVEL;
  return { verdict: drifting ? 'drifting' : 'never steady', slope, at };
}

/**
 * Judges the samples of a trial, its tenths being allowed the scatter that they have.
 *
 * @param samples in time order
 * @returns null when there are too few, see `tenthsOf`
 */
export function steadinessOfSamples(
  samples: ArrayLike<number>,
  options: Pick<SteadinessOptions, 'tolerance'> = {},
): Steadiness | null {
  const tenths = tenthsOf(samples);
  return tenths === null ? null : steadiness(tenths.medians, { ...options, error: tenths.error });
}

function withinTolerance(tenths: readonly number[], options: SteadinessOptions): boolean {
  const level = median(tenths);
  const allowed = Math.max(
    (options.tolerance ?? DEFAULT_TOLERANCE) * Math.abs(level),
    ERRORS_OF_CHANCE * (options.error ?? 0),
  );
  return tenths.every((tenth) => Math.abs(tenth - level) <= allowed);
}

/**
 * Standard error of a median: half the distance between the order statistics that lie a standard
 * error of the rank, sqrt(m) / 2, to either side of the middle (the binomial interval of Conover,
 * Practical Nonparametric Statistics, 1971, at one standard error), for as many samples as are
 * independent of each other.
 */
function errorOfMedian(samples: Float64Array): number {
  const independent = effectiveSampleSize(samples) ?? samples.length;
  const sorted = sortedCopy(samples);
  const reach = Math.min(0.5, 0.5 / Math.sqrt(independent));
  return (quantileSorted(sorted, 0.5 + reach) - quantileSorted(sorted, 0.5 - reach)) / 2;
}

function theilSen(values: readonly number[]): number {
  const slopes = values.flatMap((from, i) =>
    values.slice(i + 1).map((to, j) => (to - from) / (j + 1)),
  );
  return median(slopes);
}

/** Two-sided p of Mann's test: how many orders of n values are as far from none as this one. */
function trendP(values: readonly number[]): number {
  const n = values.length;
  let rising = 0;
  values.forEach((from, i) => {
    for (const to of values.slice(i + 1)) rising += Math.sign(to - from);
  });
  const pairs = (n * (n - 1)) / 2;
  const discordant = Math.floor((pairs - Math.abs(rising)) / 2);
  const counts = inversions(n);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const tail = counts.slice(0, discordant + 1).reduce((sum, count) => sum + count, 0);
  return Math.min(1, (2 * tail) / all);
}

/** How many orders of n values have 0, 1, 2, … pairs the wrong way round (Kendall, 1938). */
function inversions(n: number): number[] {
  let counts = [1];
  for (let size = 2; size <= n; size++) {
    const longer = Array<number>(counts.length + size - 1).fill(0);
    counts.forEach((count, already) => {
      for (let more = 0; more < size; more++) {
        longer[already + more] = (longer[already + more] as number) + count;
      }
    });
    counts = longer;
  }
  return counts;
}
