import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bucketOf,
  bucketRange,
  HISTOGRAM_BUCKETS,
  histogramCount,
  histogramMean,
  histogramQuantile,
  mergeHistograms,
} from '../../src/stats/histogram.js';
import { quantile } from '../../src/stats/quantile.js';
import { histogramOf } from '../fixtures/measurements.js';

const picoseconds = fc.integer({ min: 0, max: 2 ** 48 - 1 });
/** Spread over all magnitudes, as durations are. */
const durations = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: 300, max: 10_000_000 }),
  picoseconds,
);

function sparse(values: readonly number[]) {
  return histogramOf(values.map((ps) => ps / 1000));
}

describe('buckets', () => {
  test('there are as many as in the results page', () => {
    expect(HISTOGRAM_BUCKETS).toBe(42 * 128);
  });

  test('known ones', () => {
    expect(bucketOf(0)).toBe(0);
    expect(bucketOf(127)).toBe(127);
    expect(bucketOf(128)).toBe(128);
    expect(bucketOf(255)).toBe(255);
    expect(bucketOf(256)).toBe(256);
    expect(bucketOf(257)).toBe(256);
    expect(bucketOf(258)).toBe(257);
    expect(bucketOf(2 ** 48 - 1)).toBe(HISTOGRAM_BUCKETS - 1);
    expect(bucketOf(2 ** 48)).toBe(HISTOGRAM_BUCKETS - 1);
    expect(bucketOf(Number.POSITIVE_INFINITY)).toBe(HISTOGRAM_BUCKETS - 1);
    expect(bucketRange(256)).toEqual({ low: 256, high: 258 });
    expect(bucketRange(HISTOGRAM_BUCKETS - 1).high).toBe(2 ** 48);
  });

  test('each begins where the one before ends', () => {
    for (let index = 1; index < HISTOGRAM_BUCKETS; index++) {
      expect(bucketRange(index).low).toBe(bucketRange(index - 1).high);
      expect(bucketOf(bucketRange(index).low)).toBe(index);
      expect(bucketOf(bucketRange(index).high - 1)).toBe(index);
    }
  });

  test('no bucket is wider than 1/128 of its values', () => {
    fc.assert(
      fc.property(picoseconds, (ps) => {
        const { low, high } = bucketRange(bucketOf(ps));
        expect(low <= ps && ps < high).toBe(true);
        if (ps >= 128) expect((high - low) / ps).toBeLessThanOrEqual(1 / 128);
      }),
    );
  });

  test('refuses what has no bucket', () => {
    for (const ps of [-1, Number.NaN]) expect(() => bucketOf(ps)).toThrow(RangeError);
    for (const index of [-1, 0.5, HISTOGRAM_BUCKETS]) {
      expect(() => bucketRange(index)).toThrow(RangeError);
    }
  });
});

describe('histogramQuantile', () => {
  test('is within 0.8 % of the quantile of the samples', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(durations, { minLength: 1, maxLength: 80 }), share, (values, p) => {
        const exact = quantile(values, p);
        const estimate = histogramQuantile(sparse(values), p) as number;
        expect(Math.abs(estimate - exact)).toBeLessThanOrEqual(0.008 * exact + 1e-9);
      }),
    );
  });

  test('is exact for small values and stays within known extremes', () => {
    expect(histogramQuantile(sparse([3, 5, 9]), 0.5)).toBe(5);
    const bounds = { minPs: 10_001, maxPs: 10_002 };
    const histogram = sparse([10_001, 10_002]);
    expect(histogramQuantile(histogram, 0, bounds)).toBeGreaterThanOrEqual(10_001);
    expect(histogramQuantile(histogram, 1, bounds)).toBeLessThanOrEqual(10_002);
  });

  test('never falls as p rises', () => {
    fc.assert(
      fc.property(fc.array(durations, { minLength: 1, maxLength: 40 }), (values) => {
        const histogram = sparse(values);
        let before = 0;
        for (let p = 0; p <= 1; p += 0.05) {
          const value = histogramQuantile(histogram, p) as number;
          expect(value).toBeGreaterThanOrEqual(before * (1 - 1e-12));
          before = value;
        }
      }),
    );
  });

  test('nothing has no quantile, and no mean', () => {
    expect(histogramQuantile({ indexes: [], counts: [] }, 0.5)).toBeNull();
    expect(histogramMean({ indexes: [], counts: [] })).toBeNull();
    expect(() => histogramQuantile(sparse([1]), 1.5)).toThrow(RangeError);
  });
});

test('merging is counting all samples at once', () => {
  const parts = fc.array(fc.array(durations, { maxLength: 20 }), { maxLength: 5 });
  fc.assert(
    fc.property(parts, (groups) => {
      const merged = mergeHistograms(groups.map(sparse));
      expect(merged).toEqual(sparse(groups.flat()));
      expect(histogramCount(merged)).toBe(groups.flat().length);
    }),
  );
});

test('the mean is within half a bucket of the exact one', () => {
  fc.assert(
    fc.property(fc.array(durations, { minLength: 1, maxLength: 50 }), (values) => {
      const exact = values.reduce((sum, value) => sum + value, 0) / values.length;
      const estimate = histogramMean(sparse(values)) as number;
      expect(Math.abs(estimate - exact)).toBeLessThanOrEqual(0.004 * exact + 1e-9);
    }),
  );
});
