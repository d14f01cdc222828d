import { medianOfTrials } from '../stats/bootstrap.js';
import {
  bucketOf,
  bucketRange,
  histogramCount,
  histogramQuantile,
  mergeHistograms,
  type SparseHistogram,
} from '../stats/histogram.js';
import type { ServiceRecord, TimesRecord, TrialRecord } from './schema.js';

/** What one trial adds to a distribution of times per operation, in ns. */
export interface TrialTimes {
  /** Null when it has no sample. */
  readonly medianNs: number | null;
  /** Smallest step between two possible medians. */
  readonly resolutionNs: number;
  readonly histogram: SparseHistogram;
  readonly minNs: number;
  readonly maxNs: number;
  readonly meanNs: number;
}

/** Times of the operation that the trial's pattern is about. */
export function operationTimesOf(
  trial: Pick<TrialRecord, 'median_ns' | 'min_ns' | 'max_ns' | 'mean_ns'> & {
    readonly batch: number;
    readonly clock_step_ns?: number | null;
    readonly histogram: NonNullable<TrialRecord['histogram']>;
  },
): TrialTimes {
  return {
    medianNs: trial.median_ns,
    resolutionNs: sampleStepNs([trial]),
    histogram: trial.histogram,
    minNs: known(trial.min_ns),
    maxNs: known(trial.max_ns),
    meanNs: known(trial.mean_ns),
  };
}

/**
 * Smallest step between two values of the trials' times: a sample is a difference of two readings
 * of the clock, whole nanoseconds, over a batch of operations. 0 = not known.
 */
export function sampleStepNs(
  trials: readonly {
    readonly batch: number | null;
    readonly clock_step_ns?: number | null;
  }[],
): number {
  const steps = trials.flatMap(({ batch, clock_step_ns }) =>
    batch === null ? [] : [Math.max(1, clock_step_ns ?? 1) / batch],
  );
  return Math.max(0, ...steps);
}

/** Times from the actual send, of which only the histogram is kept. */
export function serviceTimesOf(service: ServiceRecord): TrialTimes {
  const { histogram } = service;
  const [minNs, maxNs] = [known(service.min_ns), known(service.max_ns)];
  const ps = histogramQuantile(histogram, 0.5, { minPs: minNs * 1000, maxPs: maxNs * 1000 });
  return {
    medianNs: ps === null ? null : ps / 1000,
    resolutionNs: ps === null ? 0 : bucketWidthNs(ps),
    histogram,
    minNs,
    maxNs,
    meanNs: known(service.mean_ns),
  };
}

/**
 * The distribution over trials: the median of their medians with its interval, quantiles of all
 * their samples, exact extremes and mean.
 *
 * @param seed of the bootstrap
 * @returns null when no trial has a sample
 */
export function timesOfTrials(trials: readonly TrialTimes[], seed: number): TimesRecord | null {
  const { median, ci95 } = estimateOfTrials(trials, seed);
  if (median === null) return null;
  const min = Math.min(...trials.map((trial) => trial.minNs));
  const max = Math.max(...trials.map((trial) => trial.maxNs));
  const merged = mergeHistograms(trials.map((trial) => trial.histogram));
  const samples = histogramCount(merged);
  const total = sum(trials, (trial) => trial.meanNs * histogramCount(trial.histogram));
  return {
    median,
    ci95: ci95 === null ? null : [...ci95],
    ...percentilesOf(merged, min, max),
    min,
    max,
    mean: samples > 0 ? total / samples : null,
  };
}

/** The median of the trials' medians with its interval. */
export function estimateOfTrials(
  trials: readonly Pick<TrialTimes, 'medianNs' | 'resolutionNs'>[],
  seed: number,
) {
  const medians = trials.flatMap(({ medianNs }) => (medianNs === null ? [] : [medianNs]));
  const resolution = Math.max(0, ...trials.map((trial) => trial.resolutionNs));
  return medianOfTrials(medians, { seed, resolution });
}

/** Percentiles of a histogram in ns, kept within the exact extremes. */
export function percentilesOf(histogram: SparseHistogram, minNs: number, maxNs: number) {
  const bounds = { minPs: minNs * 1000, maxPs: maxNs * 1000 };
  const at = (p: number): number | null => {
    const ps = histogramQuantile(histogram, p, bounds);
    return ps === null ? null : ps / 1000;
  };
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999) };
}

function bucketWidthNs(ps: number): number {
  const { low, high } = bucketRange(bucketOf(ps));
  return (high - low) / 1000;
}

/** A figure that every measured trial has; one that a file lacks must not turn into 0. */
export function known(figure: number | null): number {
  return figure ?? Number.NaN;
}

function sum<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.reduce((total, item) => total + figure(item), 0);
}
