import { z } from 'zod';
import { amount, count, described, interval, maybeAmount, maybeCount } from './schema-fields.js';

/** Tukey's counts. */
export const outliersSchema = z.object({
  of: described(count, 'Samples looked at', 'Number of kept samples that were looked at.'),
  low_severe: described(count, 'Severe low outliers', 'Samples below Q1 - 3 IQR.'),
  low_mild: described(count, 'Mild low outliers', 'Samples from Q1 - 3 IQR to below Q1 - 1.5 IQR.'),
  high_mild: described(
    count,
    'Mild high outliers',
    'Samples above Q3 + 1.5 IQR, up to Q3 + 3 IQR.',
  ),
  high_severe: described(count, 'Severe high outliers', 'Samples above Q3 + 3 IQR.'),
});

export const outlierNote =
  "Samples beyond Tukey's fences, each trial with its own fences. Counted only: every figure includes them.";

/** A log-linear histogram, as far as it is occupied. */
export const histogramSchema = z.object({
  indexes: described(
    z.array(count),
    'Bucket numbers',
    'Occupied buckets, rising. Bucket i < 128 holds the value i ps; for i >= 128, with w = 2^(floor(i / 128) - 1), it holds the values from (128 + i mod 128) w up to w more, in picoseconds per operation. The last bucket, 5375, also holds everything from 2^48 ps on.',
  ),
  counts: described(z.array(z.int().positive()), 'Samples', 'Samples in each of the buckets.'),
});

/** Distribution of the time of one operation; what an operation is, the field's name says. */
export const timesSchema = z.object({
  median: described(
    amount,
    'Median',
    "Nanoseconds: the median of the trials' medians. It differs a little from p50, which takes the samples of all trials as one heap.",
  ),
  ci95: described(
    interval.nullable(),
    '95 % confidence interval of the median',
    "Nanoseconds, low and high: over trials; from 5 trials on by bootstrap with expanded percentiles (it ends at the smallest and largest trial), with 2 to 4 by Student's t on logarithms. Null when there is one trial, or no spread that could be resolved.",
  ),
  p50: described(maybeAmount, '50th percentile', 'Nanoseconds, over the samples of all trials.'),
  p90: described(maybeAmount, '90th percentile', 'Nanoseconds, over the samples of all trials.'),
  p99: described(maybeAmount, '99th percentile', 'Nanoseconds, over the samples of all trials.'),
  p999: described(
    maybeAmount,
    '99.9th percentile',
    'Nanoseconds, over the samples of all trials. The percentiles come from a histogram with buckets of at most 0.8 %.',
  ),
  min: described(maybeAmount, 'Minimum', 'Nanoseconds, exact, over the samples of all trials.'),
  max: described(maybeAmount, 'Maximum', 'Nanoseconds, exact, over the samples of all trials.'),
  mean: described(maybeAmount, 'Mean', 'Nanoseconds, exact, over the samples of all trials.'),
});

/** Pattern load: times from the actual send. */
export const serviceTrialSchema = z.object({
  p50_ns: described(maybeAmount, '50th percentile', 'Nanoseconds, from the complete histogram.'),
  p90_ns: described(maybeAmount, '90th percentile', 'Nanoseconds, from the complete histogram.'),
  p99_ns: described(maybeAmount, '99th percentile', 'Nanoseconds, from the complete histogram.'),
  p999_ns: described(maybeAmount, '99.9th percentile', 'Nanoseconds, from the complete histogram.'),
  min_ns: described(maybeAmount, 'Minimum', 'Nanoseconds, exact, over all requests.'),
  max_ns: described(maybeAmount, 'Maximum', 'Nanoseconds, exact, over all requests.'),
  mean_ns: described(maybeAmount, 'Mean', 'Nanoseconds, exact, over all requests.'),
  histogram: described(
    histogramSchema,
    'Histogram',
    'Log-linear histogram of the service times of the trial, occupied buckets only.',
  ),
});

/** Whether samples stayed at one level. */
export const steadinessSchema = z.object({
  verdict: described(
    z.enum(['steady', 'drifting', 'never steady']),
    'Verdict',
    'steady: the medians of all tenths of the timed window are within the tolerance of their median. drifting: those of its last half are, or they rise or fall throughout. never steady: neither.',
  ),
  slope_per_tenth: described(
    z.number(),
    'Slope',
    'Change of the median from one tenth of the timed window to the next, as a share (0.01 = 1 %).',
  ),
  steady_from_tenth: described(
    maybeCount,
    'Steady from',
    'The first tenth, from 0, from which on all is steady; null when there is none in the first half.',
  ),
  tenths_ns: described(
    z.array(amount),
    'Tenths',
    'Nanoseconds: the medians of the tenths of the kept samples, in time order. How they scatter beside the trials says where repetitions are worth their time (plan-advice).',
  ),
});
