import type { ServiceTimes, TrialMeasurement } from '../runner/types.js';
import { medianOfTrials } from '../stats/bootstrap.js';
import {
  bucketOf,
  bucketRange,
  histogramCount,
  histogramQuantile,
  mergeHistograms,
  type SparseHistogram,
} from '../stats/histogram.js';
import { median } from '../stats/quantile.js';
import type { TimesRecord } from '../store/schema.js';

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
export function operationTimesOf(trial: TrialMeasurement): TrialTimes {
  return {
    medianNs: sampleMedianNs(trial),
    // A sample is a difference of whole nanoseconds over a batch of operations.
    resolutionNs: 1 / trial.batch,
    histogram: trial.histogram,
    minNs: trial.minNs,
    maxNs: trial.maxNs,
    meanNs: trial.meanNs,
  };
}

/** Times from the actual send, of which only the histogram is kept. */
export function serviceTimesOf(service: ServiceTimes): TrialTimes {
  const { histogram, minNs, maxNs, meanNs } = service;
  const ps = histogramQuantile(histogram, 0.5, { minPs: minNs * 1000, maxPs: maxNs * 1000 });
  return {
    medianNs: ps === null ? null : ps / 1000,
    resolutionNs: ps === null ? 0 : bucketWidthNs(ps),
    histogram,
    minNs,
    maxNs,
    meanNs,
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
  const medians = trials.flatMap(({ medianNs }) => (medianNs === null ? [] : [medianNs]));
  const resolution = Math.max(0, ...trials.map((trial) => trial.resolutionNs));
  const estimate = medianOfTrials(medians, { seed, resolution });
  if (estimate.median === null) return null;
  const min = Math.min(...trials.map((trial) => trial.minNs));
  const max = Math.max(...trials.map((trial) => trial.maxNs));
  const merged = mergeHistograms(trials.map((trial) => trial.histogram));
  const samples = histogramCount(merged);
  const total = trials.reduce(
    (sum, trial) => sum + trial.meanNs * histogramCount(trial.histogram),
    0,
  );
  return {
    median: estimate.median,
    ci95: estimate.ci95 === null ? null : [...estimate.ci95],
    ...percentilesOf(merged, min, max),
    min,
    max,
    mean: samples > 0 ? total / samples : null,
  };
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

/** From the samples, which are finer than the histogram's buckets. */
function sampleMedianNs(trial: TrialMeasurement): number | null {
  if (trial.samplesNs.length > 0) return median(trial.samplesNs);
  const ps = histogramQuantile(trial.histogram, 0.5);
  return ps === null ? null : ps / 1000;
}

function bucketWidthNs(ps: number): number {
  const { low, high } = bucketRange(bucketOf(ps));
  return (high - low) / 1000;
}
