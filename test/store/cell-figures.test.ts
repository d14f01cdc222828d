import { describe, expect, test } from 'vitest';
import { trialRecord } from '../../src/session/trial-record.js';
import { operationTimesOf, serviceTimesOf, timesOfTrials } from '../../src/store/cell-figures.js';
import type { ServiceRecord } from '../../src/store/schema.js';
import { measurement, serviceTimes } from '../fixtures/measurements.js';

const place = { pattern: 'load', repetition: 0, order: 0, environmentBytes: 0 };

function service(samplesNs: readonly number[]): ServiceRecord {
  const record = trialRecord(measurement([1], { service: serviceTimes(samplesNs) }), place);
  return record.service_time as ServiceRecord;
}

describe('times of one trial', () => {
  test('have the resolution of a nanosecond over the batch', () => {
    const { histogram } = service([1]);
    const trial = { median_ns: 5, batch: 4, histogram, min_ns: 1, max_ns: 9, mean_ns: 5 };
    expect(operationTimesOf(trial)).toMatchObject({ medianNs: 5, resolutionNs: 0.25, minNs: 1 });
  });

  test('service times have a histogram only, and its resolution', () => {
    const { medianNs, resolutionNs } = serviceTimesOf(service([1000, 2000, 3000]));
    expect(Math.abs((medianNs ?? 0) - 2000)).toBeLessThanOrEqual(resolutionNs);
    expect(resolutionNs / 2000).toBeLessThan(0.009);
  });

  test('without any sample there is no median', () => {
    const none = { ...service([1]), histogram: { indexes: [], counts: [] } };
    expect(serviceTimesOf(none)).toMatchObject({ medianNs: null, resolutionNs: 0 });
    expect(timesOfTrials([serviceTimesOf(none)], 1)).toBeNull();
    expect(timesOfTrials([], 1)).toBeNull();
  });
});

test('trials whose service medians share a bucket have an interval as wide as the bucket', () => {
  const trials = Array.from({ length: 5 }, () => serviceTimesOf(service([1000, 2000, 3000])));
  const times = timesOfTrials(trials, 1);
  const [low, high] = times?.ci95 ?? [0, 0];
  expect(high - low).toBeCloseTo(trials[0]?.resolutionNs ?? 0, 6);
});
