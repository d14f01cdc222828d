import { describe, expect, test } from 'vitest';
import {
  estimateOf,
  medianCurve,
  replicate,
  type SweptSize,
  standardError,
} from '../../src/stats/cost-model-replications.js';

function swept(bytes: number, ns: readonly (number | null)[]): SweptSize {
  const trials = ns.flatMap((value, block) => (value === null ? [] : [{ block, ns: value }]));
  return { bytes, trials };
}

const options = { seed: 1, resamples: 500 };

test('the curve is of medians over trials', () => {
  expect(medianCurve([swept(1, [3, 1, 2]), swept(64, [5, 7])])).toEqual([2, 6]);
});

describe('from five trials on', () => {
  test('blocks are drawn with all their sizes', () => {
    const shared = [100, 110, 120, 130, 140];
    const sizes = [swept(1, shared), swept(64, shared), swept(1024, shared)];
    const { method, curves } = replicate(sizes, options);
    expect(method).toBe('bootstrap');
    expect(curves).toHaveLength(500);
    expect(curves.every(([a, b, c]) => a === b && b === c)).toBe(true);
    expect(new Set(curves.map(([a]) => a)).size).toBeGreaterThan(3);
  });

  test('a size that lacks trials has those of the blocks drawn that it has', () => {
    const all = [1, 2, 3, 4, 5, 6, 7];
    const sizes = [swept(1, all), swept(64, [null, 20, 30, 40, 50, 60, null])];
    for (const [, second] of replicate(sizes, options).curves) {
      expect(second).toBeGreaterThanOrEqual(20);
      expect(second).toBeLessThanOrEqual(60);
    }
  });

  test('the same seed gives the same', () => {
    const sizes = [swept(1, [1, 2, 3, 4, 5]), swept(64, [2, 3, 4, 5, 6])];
    expect(replicate(sizes, options)).toEqual(replicate(sizes, options));
    expect(replicate(sizes, { ...options, seed: 2 })).not.toEqual(replicate(sizes, options));
  });
});

describe('below five trials', () => {
  test('Student’s t over the blocks that are whole', () => {
    const sizes = [swept(1, [10, 12, 14, null]), swept(64, [20, 20, 20, 90])];
    const replications = replicate(sizes, options);
    expect(replications).toMatchObject({ method: 'student', trials: 3 });
    expect(replications.curves).toEqual([
      [10, 20],
      [12, 20],
      [14, 20],
    ]);
    const { value, ci95 } = estimateOf(12, replications, ([first]) => first as number);
    // scipy.stats.t.interval(0.95, 2, loc=12, scale=scipy.stats.sem([10, 12, 14]))
    expect(value).toBe(12);
    expect(ci95?.[0]).toBeCloseTo(7.031724576363608, 9);
    expect(ci95?.[1]).toBeCloseTo(16.96827542363639, 9);
    expect(standardError(replications, ([first]) => first as number)).toBeCloseTo(1.1547005383, 9);
  });

  test('one whole block says nothing', () => {
    const sizes = [swept(1, [10, 12, null]), swept(64, [20, null, 20])];
    const replications = replicate(sizes, options);
    expect(replications.method).toBeNull();
    expect(estimateOf(11, replications, ([first]) => first as number).ci95).toBeNull();
    expect(standardError(replications, ([first]) => first as number)).toBeNaN();
  });
});

describe('estimateOf', () => {
  test('holds the value, and has no interval without spread', () => {
    const equal = replicate([swept(1, [5, 5, 5, 5, 5])], options);
    expect(estimateOf(5, equal, ([first]) => first as number)).toEqual({ value: 5, ci95: null });
    const spread = replicate([swept(1, [1, 2, 3, 4, 5])], options);
    const far = estimateOf(9, spread, ([first]) => first as number);
    expect(far.ci95?.[1]).toBe(9);
  });

  test('a figure that isn’t finite has none', () => {
    const spread = replicate([swept(1, [1, 2, 3, 4, 5])], options);
    expect(estimateOf(1, spread, () => Number.POSITIVE_INFINITY).ci95).toBeNull();
  });
});
