import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cliffsDelta, effectMagnitude } from '../../src/stats/cliffs-delta.js';

const some = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 12 });

describe('cliffsDelta', () => {
  test('the example of R’s package effsize, ?cliff.delta: -0.25', () => {
    const treatment = [10, 10, 20, 20, 20, 30, 30, 30, 40, 50];
    const control = [10, 20, 30, 40, 40, 50];
    expect(cliffsDelta(treatment, control)).toBeCloseTo(-0.25, 14);
  });

  test('its ends: all larger, all smaller, all equal', () => {
    expect(cliffsDelta([5, 6], [1, 2, 3])).toBe(1);
    expect(cliffsDelta([1, 2], [5, 6, 7])).toBe(-1);
    expect(cliffsDelta([4, 4], [4, 4, 4])).toBe(0);
  });

  test('is the share of larger pairs less that of smaller ones', () => {
    fc.assert(
      fc.property(some, some, (a, b) => {
        const signs = a.flatMap((x) => b.map((y): number => Math.sign(x - y)));
        const expected = signs.reduce((sum, sign) => sum + sign, 0) / signs.length;
        expect(cliffsDelta(a, b)).toBeCloseTo(expected, 12);
        expect(cliffsDelta(b, a)).toBeCloseTo(-expected, 12);
      }),
    );
  });

  test('of nothing there is none', () => {
    expect(cliffsDelta([], [1])).toBeNaN();
    expect(() => cliffsDelta([Number.NaN], [1])).toThrow(RangeError);
  });
});

test('the words of Romano et al., either direction', () => {
  expect([0, 0.147, -0.33, 0.474, -1].map(effectMagnitude)).toEqual([
    'negligible',
    'small',
    'medium',
    'large',
    'large',
  ]);
});
