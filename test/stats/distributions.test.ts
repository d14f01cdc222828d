import { describe, expect, test } from 'vitest';
import { normalCdf, studentCdf, studentQuantile } from '../../src/stats/distributions.js';

describe('normalCdf', () => {
  test.each([
    // R: pnorm(c(-8, -3, -1.959963984540054, 0, 1, 5)), digits = 16
    [-8, 6.220960574271785e-16],
    [-3, 1.3498980316300933e-3],
    [-1.959963984540054, 0.025],
    [0, 0.5],
    [1, 0.8413447460685429],
    [5, 0.9999997133484281],
  ])('P(Z <= %d)', (z, expected) => {
    expect(Math.abs(normalCdf(z) / expected - 1)).toBeLessThan(1e-12);
  });

  test('infinities and NaN', () => {
    expect(normalCdf(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(normalCdf(Number.POSITIVE_INFINITY)).toBe(1);
    expect(normalCdf(Number.NaN)).toBeNaN();
  });
});

describe('Student’s t', () => {
  test.each([
    // The usual printed tables, and R's qt().
    [0.975, 1, 12.706204736432095],
    [0.975, 2, 4.302652729911275],
    [0.975, 4, 2.7764451051977987],
    [0.95, 10, 1.8124611228107335],
    [0.975, 30, 2.0422724563012373],
    [0.995, 120, 2.617421145106865],
  ])('quantile %d with %d degrees of freedom', (p, df, expected) => {
    expect(studentQuantile(p, df)).toBeCloseTo(expected, 8);
    expect(studentQuantile(1 - p, df)).toBeCloseTo(-expected, 8);
  });

  test('quantile and distribution function are inverse, also for fractional df', () => {
    for (const df of [1.5, 3.7, 8, 55.5]) {
      for (const p of [0.01, 0.3, 0.5, 0.9, 0.999]) {
        expect(studentCdf(studentQuantile(p, df), df)).toBeCloseTo(p, 10);
      }
    }
  });

  test('refuses what has no meaning', () => {
    expect(() => studentQuantile(1, 3)).toThrow(RangeError);
    expect(() => studentCdf(1, 0)).toThrow(RangeError);
  });
});
