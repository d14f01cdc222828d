import { describe, expect, test } from 'vitest';
import { medianOfTrials } from '../../src/stats/bootstrap.js';
import {
  isPrecise,
  nextTrials,
  relativeHalfWidth,
  type Standing,
} from '../../src/stats/stopping.js';

const standing = (
  trials: number,
  median: number | null,
  ci95: [number, number] | null,
): Standing => ({
  trials,
  estimate: { median, ci95 },
});

describe('relativeHalfWidth', () => {
  test('is half the width over the median', () => {
    expect(relativeHalfWidth({ median: 200, ci95: [190, 214] })).toBeCloseTo(0.06, 12);
  });

  test('without an interval, or of a median of 0, nothing is known', () => {
    expect(relativeHalfWidth({ median: 200, ci95: null })).toBeNull();
    expect(relativeHalfWidth({ median: null, ci95: null })).toBeNull();
    expect(relativeHalfWidth({ median: 0, ci95: [0, 1] })).toBeNull();
  });
});

describe('isPrecise', () => {
  test('at the target it is', () => {
    expect(isPrecise(standing(5, 100, [99, 101]), { precision: 0.01 })).toBe(true);
    expect(isPrecise(standing(5, 100, [98.9, 101]), { precision: 0.01 })).toBe(false);
  });

  test('never below the least number of trials, nor without an interval', () => {
    expect(isPrecise(standing(4, 100, [99.9, 100.1]), { precision: 0.01 })).toBe(false);
    expect(isPrecise(standing(4, 100, [99.9, 100.1]), { precision: 0.01, minTrials: 4 })).toBe(
      true,
    );
    expect(isPrecise(standing(50, 100, null), { precision: 0.5 })).toBe(false);
  });

  test('refuses what has no meaning', () => {
    const some = standing(5, 100, [99, 101]);
    for (const precision of [0, -1, Number.NaN]) {
      expect(() => isPrecise(some, { precision })).toThrow(RangeError);
    }
    expect(() => isPrecise({ ...some, trials: 2.5 }, { precision: 0.1 })).toThrow(RangeError);
    expect(() => isPrecise(some, { precision: 0.1, maxTrials: 0 })).toThrow(RangeError);
  });
});

describe('nextTrials', () => {
  test('none when precise, and none beyond the most', () => {
    expect(nextTrials(standing(5, 100, [99, 101]), { precision: 0.01 })).toBe(0);
    expect(nextTrials(standing(8, 100, [50, 150]), { precision: 0.01, maxTrials: 8 })).toBe(0);
    expect(nextTrials(standing(9, 100, [50, 150]), { precision: 0.01, maxTrials: 8 })).toBe(0);
  });

  test('first up to the least number of trials', () => {
    expect(nextTrials(standing(0, null, null), { precision: 0.01 })).toBe(5);
    expect(nextTrials(standing(2, 100, [1, 200]), { precision: 0.01, maxTrials: 4 })).toBe(2);
  });

  test('then by the square-root law: 1.2 times too wide wants 1.44 times the trials', () => {
    expect(nextTrials(standing(10, 100, [98.8, 101.2]), { precision: 0.01 })).toBe(5);
  });

  test('but at most as many again, and at least one', () => {
    expect(nextTrials(standing(10, 100, [90, 110]), { precision: 0.01 })).toBe(10);
    expect(nextTrials(standing(10, 100, [98.99, 101.01]), { precision: 0.01 })).toBe(1);
    expect(nextTrials(standing(10, 100, null), { precision: 0.01 })).toBe(1);
  });

  test('a cell whose trials scatter less and less is done after finitely many looks', () => {
    const values: number[] = [];
    const target = { precision: 0.02, maxTrials: 200 };
    let looks = 0;
    for (;;) {
      const estimate = medianOfTrials(values, { seed: 1, resamples: 300 });
      const more = nextTrials({ trials: values.length, estimate }, target);
      if (more === 0) break;
      looks++;
      for (let i = 0; i < more; i++) values.push(1000 + 40 * Math.sin(values.length * 2.4));
    }
    const estimate = medianOfTrials(values, { seed: 1, resamples: 300 });
    expect(isPrecise({ trials: values.length, estimate }, target)).toBe(true);
    expect(values.length).toBeLessThan(200);
    expect(looks).toBeLessThan(12);
  });
});
