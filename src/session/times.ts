import type { TrialMeasurement } from '../runner/types.js';
import { histogramQuantile } from '../stats/histogram.js';
import { median } from '../stats/quantile.js';

/** A trial's median from the samples, which are finer than the histogram's buckets. */
export function sampleMedianNs(
  trial: Pick<TrialMeasurement, 'samplesNs' | 'histogram'>,
): number | null {
  if (trial.samplesNs.length > 0) return median(trial.samplesNs);
  const ps = histogramQuantile(trial.histogram, 0.5);
  return ps === null ? null : ps / 1000;
}
