import fc from 'fast-check';
import { median as independentMedian } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { median, quantile, quantileSorted } from '../../src/stats/quantile.js';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 });
const someValues = fc.array(finite, { minLength: 1, maxLength: 60 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('quantile', () => {
  test('type 7, as R gives it: quantile(c(1, 2, 4, 8, 16), c(.1, .25, .5, .9))', () => {
    const values = [16, 1, 8, 2, 4];
    expect(quantile(values, 0.1)).toBeCloseTo(1.4, 12);
    expect(quantile(values, 0.25)).toBe(2);
    expect(quantile(values, 0.5)).toBe(4);
    expect(quantile(values, 0.9)).toBeCloseTo(12.8, 12);
  });

  test('sorts by number, not by spelling', () => {
    expect(median([10, 9, 100])).toBe(10);
  });

  test('refuses no values and shares outside 0..1', () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
    for (const p of [-0.1, 1.1, Number.NaN]) expect(() => quantile([1], p)).toThrow(RangeError);
  });

  test('agrees with an independent median', () => {
    fc.assert(
      fc.property(someValues, (values) => {
        const expected = independentMedian(values);
        expect(Math.abs(median(values) - expected)).toBeLessThanOrEqual(1e-9 * Math.abs(expected));
      }),
    );
  });

  test('lies between the two order statistics that enclose its position', () => {
    fc.assert(
      fc.property(someValues, share, (values, p) => {
        const sorted = [...values].sort((a, b) => a - b);
        const position = (sorted.length - 1) * p;
        const value = quantileSorted(sorted, p);
        expect(value).toBeGreaterThanOrEqual(sorted[Math.floor(position)] as number);
        expect(value).toBeLessThanOrEqual(sorted[Math.ceil(position)] as number);
      }),
    );
  });

  test('leaves its argument alone', () => {
    const values = [3, 1, 2];
    quantile(values, 0.3);
    expect(values).toEqual([3, 1, 2]);
  });
});
