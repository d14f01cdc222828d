import { describe, expect, test } from 'vitest';
import { sampleMedianNs } from '../../src/session/times.js';
import { measurement } from '../fixtures/measurements.js';

describe('the median of a trial', () => {
  test('is that of the samples; they are finer than the histogram', () => {
    expect(sampleMedianNs(measurement([1000.25, 1000.5, 1000.75], { batch: 4 }))).toBe(1000.5);
  });

  test('is told by the histogram without kept samples', () => {
    const trial = { ...measurement([1000, 1000, 1000]), samplesNs: new Float64Array() };
    expect(sampleMedianNs(trial)).toBeCloseTo(1000, -1);
  });
});
