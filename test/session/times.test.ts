import { describe, expect, test } from 'vitest';
import { operationTimesOf, serviceTimesOf, timesOfTrials } from '../../src/session/times.js';
import { measurement, serviceTimes } from '../fixtures/measurements.js';

describe('times of one trial', () => {
  test('the median is that of the samples; they are finer than the histogram', () => {
    const trial = measurement([1000.25, 1000.5, 1000.75], { batch: 4 });
    expect(operationTimesOf(trial)).toMatchObject({ medianNs: 1000.5, resolutionNs: 0.25 });
  });

  test('without kept samples the histogram tells', () => {
    const trial = { ...measurement([1000, 1000, 1000]), samplesNs: new Float64Array() };
    expect(operationTimesOf(trial).medianNs).toBeCloseTo(1000, -1);
  });

  test('service times have a histogram only, and its resolution', () => {
    const { medianNs, resolutionNs } = serviceTimesOf(serviceTimes([1000, 2000, 3000]));
    expect(Math.abs((medianNs ?? 0) - 2000)).toBeLessThanOrEqual(resolutionNs);
    expect(resolutionNs / 2000).toBeLessThan(0.009);
  });

  test('without any sample there is no median', () => {
    const none = { ...serviceTimes([1]), histogram: { indexes: [], counts: [] } };
    expect(serviceTimesOf(none)).toMatchObject({ medianNs: null, resolutionNs: 0 });
    expect(timesOfTrials([serviceTimesOf(none)], 1)).toBeNull();
    expect(timesOfTrials([], 1)).toBeNull();
  });
});

test('trials whose service medians share a bucket have an interval as wide as the bucket', () => {
  const trials = Array.from({ length: 5 }, () => serviceTimesOf(serviceTimes([1000, 2000, 3000])));
  const times = timesOfTrials(trials, 1);
  const [low, high] = times?.ci95 ?? [0, 0];
  expect(high - low).toBeCloseTo(trials[0]?.resolutionNs ?? 0, 6);
});
