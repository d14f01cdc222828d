import { describe, expect, test } from 'vitest';
import { autocorrelation, effectiveSampleSize } from '../../src/stats/autocorrelation.js';
import { normalDeviate } from '../../src/stats/deviates.js';
import { createRandom } from '../../src/stats/random.js';

/** Luteinizing hormone in blood samples (Diggle, Time Series, 1990, table A.1); `lh` in R. */
const LH = [
  2.4, 2.4, 2.4, 2.2, 2.1, 1.5, 2.3, 2.3, 2.5, 2.0, 1.9, 1.7, 2.2, 1.8, 3.2, 3.2, 2.7, 2.2, 2.2,
  1.9, 1.9, 1.8, 2.7, 3.0, 2.3, 2.0, 2.0, 2.9, 2.9, 2.7, 2.7, 2.3, 2.6, 2.4, 1.8, 1.7, 1.5, 1.4,
  2.1, 3.3, 3.5, 3.5, 3.1, 2.6, 2.1, 3.4, 3.0, 2.9,
];

describe('autocorrelation', () => {
  test.each([
    // R: acf(lh, plot = FALSE) prints 1.000 0.576 0.182 -0.145 -0.175
    [0, 1],
    [1, 0.576],
    [2, 0.182],
    [3, -0.145],
    [4, -0.175],
  ])('of lh at lag %i', (lag, expected) => {
    expect(autocorrelation(LH, lag)).toBeCloseTo(expected, 3);
  });

  test('what alternates is against itself', () => {
    const series = Array.from({ length: 100 }, (_, i) => i % 2);
    expect(autocorrelation(series)).toBeCloseTo(-0.99, 12);
  });

  test('a constant has none, nor has what is no longer than the lag', () => {
    expect(autocorrelation(Array<number>(20).fill(0.1))).toBeNull();
    expect(autocorrelation([1], 1)).toBeNull();
    expect(autocorrelation([])).toBeNull();
    expect(() => autocorrelation([1, 2], -1)).toThrow(RangeError);
  });
});

describe('effectiveSampleSize', () => {
  test.each([0, 0.5, 0.9])('of an AR(1) series with φ = %d: n (1 - φ) / (1 + φ)', (phi) => {
    const n = 20_000;
    const expected = (n * (1 - phi)) / (1 + phi);
    const size = effectiveSampleSize(autoregressive(n, phi)) as number;
    expect(Math.abs(size / expected - 1)).toBeLessThan(0.15);
  });

  test('is never more than there are', () => {
    const series = Array.from({ length: 100 }, (_, i) => i % 2);
    expect(effectiveSampleSize(series)).toBe(100);
  });

  test('a constant has none', () => {
    expect(effectiveSampleSize([7, 7, 7])).toBeNull();
    expect(effectiveSampleSize([])).toBeNull();
  });
});

function autoregressive(n: number, phi: number): number[] {
  const random = createRandom(4);
  let last = 0;
  return Array.from({ length: n }, () => {
    last = phi * last + normalDeviate(random);
    return 100 + last;
  });
}
