import { gammaDeviate } from './deviates.js';
import { normalCdf, studentQuantile } from './distributions.js';
import { quantileSorted, sortedCopy } from './quantile.js';
import { createRandom, type Random } from './random.js';
import { studentLog, welchDegrees, welchLog } from './student.js';

/**
 * Confidence intervals of medians, and of ratios of medians, over trials.
 *
 * The sampling unit is the trial, a fresh pair of processes, never the message:
 * messages of one trial share its memory layout, placement and moment, so an
 * interval over messages would be far too narrow (Kalibera & Jones, "Rigorous
 * Benchmarking in Reasonable Time", ISMM 2013; "Quantifying Performance Changes
 * with Effect Size Confidence Intervals", 2012).
 *
 * From five trials on: the percentile bootstrap (Efron & Tibshirani, An
 * Introduction to the Bootstrap, 1993, ch. 13), its percentiles moved outwards
 * to make up for the narrowness of resampling few values (Hesterberg, "What
 * Teachers Should Know About the Bootstrap", The American Statistician 69(4),
 * 2015, "expanded percentile interval"). Resampling can't go beyond the smallest
 * and the largest trial, which enclose the true median with probability
 * 1 - 2^(1-n): 93.75 % with five trials, 96.9 % with six.
 * For a ratio they are moved by the degrees of freedom that both groups have
 * together (Welch): resampled medians of both sides rarely go to opposite ends.
 * Coverage by simulation is in docs/measuring.md and test/stats/coverage.test.ts.
 *
 * With two to four trials that probability is 50 to 87.5 %, so no bootstrap
 * interval can honestly be called a 95 % one. There the logarithms of the trial
 * medians are taken as normally distributed and Student's t (for two groups:
 * Welch's) gives the interval: wide, as it should be, 12.7 standard errors
 * with two trials.
 *
 * With one trial nothing is known about the spread between trials: null.
 * Likewise when all trials agree to the last digit and the resolution of the
 * values isn't given: a width of zero would be a claim that nobody can make.
 */

/** The level of an interval unless another is asked for; it is in the field names too. */
export const CONFIDENCE_LEVEL = 0.95;

/** Trials from which on resampling is used. */
export const BOOTSTRAP_MIN_TRIALS = 5;

const DEFAULT_RESAMPLES = 4000;

/** Values from which on the median of a resample is drawn, not found among drawn values. */
const DRAWN_AT_ONCE = 16;

/** Low and high end. */
export type Interval = readonly [low: number, high: number];

/** Where an interval comes from; null when there is none. */
export type IntervalMethod = 'bootstrap' | 'hierarchical-bootstrap' | 'student-log' | null;

export interface BootstrapOptions {
  /** Same seed, same interval. */
  readonly seed: number;
  /** Bootstrap replications; 4000 unless given. */
  readonly resamples?: number;
  /**
   * Level of the interval, strictly between 0 and 1; 0.95 unless given. `ci95` is then an
   * interval of this level: a correction for several comparisons may ask for a higher one.
   * Resampling n trials can't enclose more than 1 - 2^(1-n): 99.8 % with ten.
   */
  readonly level?: number;
  /**
   * Smallest step between two possible values, in their unit (a clock's tick
   * over the operations of a sample). The interval is never narrower than it.
   */
  readonly resolution?: number;
}

/** The samples of each trial. */
export type Samples = readonly ArrayLike<number>[];

export interface MedianOptions extends BootstrapOptions {
  /**
   * Samples of each trial, in the order of the medians. When given, each
   * replication also redraws the samples of the trials it drew (hierarchical
   * bootstrap; Davison & Hinkley, Bootstrap Methods and their Application,
   * 1997, 3.8). The trial medians already vary by what happens within a trial,
   * so the plain interval isn't too narrow without it; this one is a little wider.
   */
  readonly samples?: Samples;
}

export interface RatioOptions extends BootstrapOptions {
  /** `resolution` of the second group; that of the first unless given. */
  readonly resolutionB?: number;
  /** Samples of each trial of either group, in the order of its figures: hierarchical, see above. */
  readonly samples?: Samples;
  readonly samplesB?: Samples;
}

/** A median over trials, in the unit of the values. */
export interface MedianEstimate {
  /** Null without trials. */
  readonly median: number | null;
  readonly ci95: Interval | null;
  readonly method: IntervalMethod;
}

/** A ratio of two medians, without unit. */
export interface RatioEstimate {
  /** Null when a group is empty or the second median is 0. */
  readonly ratio: number | null;
  readonly ci95: Interval | null;
  readonly method: IntervalMethod;
}

/**
 * The median of the trials' medians with its 95 % interval.
 *
 * @param trialMedians one figure per trial, all in one unit, finite
 * @throws RangeError for a figure that isn't finite, or when `samples` doesn't match
 */
export function medianOfTrials(
  trialMedians: readonly number[],
  options: MedianOptions,
): MedianEstimate {
  checkFinite(trialMedians);
  const level = levelOf(options);
  if (trialMedians.length === 0) return { median: null, ci95: null, method: null };
  const sorted = sortedCopy(trialMedians);
  const estimate = quantileSorted(sorted, 0.5);
  const raw = medianInterval(sorted, trialMedians, level, options);
  if (raw === null) return { median: estimate, ci95: null, method: null };
  const ci95 = notNarrowerThan(raw.ci95, options.resolution ?? 0, estimate);
  return ci95 === null
    ? { median: estimate, ci95: null, method: null }
    : { median: estimate, ci95, method: raw.method };
}

/**
 * The ratio median(a) / median(b) with its 95 % interval: above 1 when a's
 * figures are larger. Both groups are resampled independently of each other.
 *
 * @param a one figure per trial, finite
 * @param b likewise, in the same unit
 * @throws RangeError for a figure that isn't finite
 */
export function ratioOfMedians(
  a: readonly number[],
  b: readonly number[],
  options: RatioOptions,
): RatioEstimate {
  checkFinite(a);
  checkFinite(b);
  const level = levelOf(options);
  const none: RatioEstimate = { ratio: null, ci95: null, method: null };
  if (a.length === 0 || b.length === 0) return none;
  const sortedA = sortedCopy(a);
  const sortedB = sortedCopy(b);
  const medianA = quantileSorted(sortedA, 0.5);
  const medianB = quantileSorted(sortedB, 0.5);
  if (medianB === 0) return none;
  const ratio = medianA / medianB;
  const withoutInterval: RatioEstimate = { ratio, ci95: null, method: null };
  // Logarithms and quotients need positive values; a duration of 0 says that nothing was resolved.
  if ((sortedA[0] as number) <= 0 || (sortedB[0] as number) <= 0) return withoutInterval;
  if (a.length < 2 || b.length < 2) return withoutInterval;
  const small = Math.min(a.length, b.length) < BOOTSTRAP_MIN_TRIALS;
  const raw = small ? welchLog(a, b, level) : bootstrapRatio(sortedA, sortedB, level, options);
  const stepA = (options.resolution ?? 0) / medianA;
  const stepB = (options.resolutionB ?? options.resolution ?? 0) / medianB;
  const ci95 = notNarrowerThan(raw, ratio * (stepA + stepB), ratio);
  // From 0 on: the medians are below the resolution, so nothing is known of their ratio.
  if (ci95 === null || ci95[0] === 0) return withoutInterval;
  return {
    ratio,
    ci95,
    method: small ? 'student-log' : bootstrapMethod(options.samples ?? options.samplesB),
  };
}

function medianInterval(
  sorted: Float64Array,
  trialMedians: readonly number[],
  level: number,
  options: MedianOptions,
): { ci95: Interval; method: IntervalMethod } | null {
  const n = sorted.length;
  if (n < 2) return null;
  if (n < BOOTSTRAP_MIN_TRIALS) {
    if ((sorted[0] as number) <= 0) return null;
    return { ci95: studentLog(trialMedians, level), method: 'student-log' };
  }
  const draw = resampledMedian(sorted, options.samples, createRandom(options.seed));
  const tail = expandedTail(n, n - 1, level);
  return { ci95: bootstrapped(draw, tail, options), method: bootstrapMethod(options.samples) };
}

function bootstrapRatio(
  a: Float64Array,
  b: Float64Array,
  level: number,
  options: RatioOptions,
): Interval {
  const random = createRandom(options.seed);
  const drawA = resampledMedian(a, options.samples, random);
  const drawB = resampledMedian(b, options.samplesB, random);
  // Both groups say something of the spread; the one with fewer trials is narrowed most.
  const tail = expandedTail(Math.min(a.length, b.length), welchDegrees([...a], [...b]), level);
  return bootstrapped(() => drawA() / drawB(), tail, options);
}

function bootstrapMethod(samples: Samples | undefined): IntervalMethod {
  return samples === undefined ? 'bootstrap' : 'hierarchical-bootstrap';
}

/**
 * A function that draws one bootstrap replication of the median of sorted values; with samples,
 * of the medians of their resamples.
 */
function resampledMedian(
  sorted: Float64Array,
  samples: Samples | undefined,
  random: Random,
): () => number {
  const n = sorted.length;
  if (samples !== undefined) return resampledHierarchically(samples, n, random);
  if (n >= DRAWN_AT_ONCE) return () => resampledMiddle(sorted, random);
  const drawn = new Float64Array(n);
  return () => {
    for (let i = 0; i < n; i++) drawn[i] = sorted[random.below(n)] as number;
    drawn.sort();
    return quantileSorted(drawn, 0.5);
  };
}

function resampledHierarchically(samples: Samples, n: number, random: Random): () => number {
  if (samples.length !== n || samples.some((trial) => trial.length === 0)) {
    throw new RangeError('a hierarchical bootstrap wants samples of every trial');
  }
  const trials = samples.map(sortedCopy);
  const drawn = new Float64Array(n);
  return () => {
    for (let i = 0; i < n; i++) {
      drawn[i] = resampledMiddle(trials[random.below(n)] as Float64Array, random);
    }
    drawn.sort();
    return quantileSorted(drawn, 0.5);
  };
}

/**
 * One bootstrap replication of the median of n sorted values, without drawing n of them: a resample
 * is the values at the ranks of n uniform numbers, of which the k-th smallest is distributed as
 * Beta(k, n + 1 - k), and the next one as the smallest of those left above it (David & Nagaraja,
 * Order Statistics, 2003, 2.1 and 2.5).
 */
function resampledMiddle(sorted: Float64Array, random: Random): number {
  const n = sorted.length;
  const k = Math.ceil(n / 2);
  const below = gammaDeviate(k, random);
  const low = below / (below + gammaDeviate(n + 1 - k, random));
  const at = (share: number) => sorted[Math.min(Math.floor(n * share), n - 1)] as number;
  if (n % 2 === 1) return at(low);
  const high = 1 - (1 - low) * random.float() ** (1 / (n - k));
  return (at(low) + at(high)) / 2;
}

/**
 * Hesterberg's tail: where the normal distribution has what Student's has at
 * the nominal one, with the variance's bias n / (n - 1) put right.
 */
export function expandedTail(n: number, df: number, level: number): number {
  return normalCdf(-Math.sqrt(n / (n - 1)) * studentQuantile((1 + level) / 2, df));
}

/** The percentiles of many replications. */
function bootstrapped(draw: () => number, tail: number, options: BootstrapOptions): Interval {
  const replications = new Float64Array(options.resamples ?? DEFAULT_RESAMPLES);
  for (let i = 0; i < replications.length; i++) replications[i] = draw();
  replications.sort();
  return [quantileSorted(replications, tail), quantileSorted(replications, 1 - tail)];
}

/** @throws RangeError for what is not between 0 and 1 */
export function levelOf({ level = CONFIDENCE_LEVEL }: Pick<BootstrapOptions, 'level'>): number {
  if (level > 0 && level < 1) return level;
  throw new RangeError(`a level is between 0 and 1, not ${level}`);
}

/**
 * Widens an interval to the resolution of its values and to hold the estimate
 * (Student's is centred on the mean of logarithms, not on the median). Null
 * when it would still have no width.
 */
export function notNarrowerThan(
  [low, high]: Interval,
  step: number,
  estimate: number,
): Interval | null {
  const missing = Math.max(0, step - (high - low)) / 2;
  // Durations and ratios aren't negative, however coarse the clock.
  const start = low < 0 ? low - missing : Math.max(0, low - missing);
  const widened: Interval = [Math.min(start, estimate), Math.max(high + missing, estimate)];
  // Equal values can differ by rounding after a logarithm: that isn't a width either.
  return widened[1] - widened[0] > Math.abs(estimate) * 1e-12 ? widened : null;
}

/** @throws RangeError for a figure that is not finite */
export function checkFinite(values: readonly number[]): void {
  const bad = values.find((value) => !Number.isFinite(value));
  if (bad !== undefined) throw new RangeError(`trial figures must be finite, not ${bad}`);
}
