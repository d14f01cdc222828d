import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holm } from '../../src/stats/holm.js';

const probability = fc.double({ min: 0, max: 1, noNaN: true });

describe('holm', () => {
  test('worked by hand: 0.005 × 4, 0.01 × 3, then 0.03 × 2, and 0.04 is not below the one before', () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    [0.03, 0.06, 0.06, 0.02].forEach((p, i) => {
      expect(adjusted[i]).toBeCloseTo(p, 14);
    });
  });

  test('R: p.adjust(c(.01, .02, .03, .04, .05), "holm")', () => {
    holm([0.01, 0.02, 0.03, 0.04, 0.05]).forEach((p, i) => {
      expect(p).toBeCloseTo([0.05, 0.08, 0.09, 0.09, 0.09][i] as number, 14);
    });
  });

  test('null stays null and counts for nothing', () => {
    expect(holm([null, 0.02, null, 0.5])).toEqual([null, 0.04, null, 0.5]);
    expect(holm([null])).toEqual([null]);
    expect(holm([])).toEqual([]);
  });

  test('never less than the p it adjusts, never above 1, and in the same order', () => {
    fc.assert(
      fc.property(fc.array(probability, { maxLength: 12 }), (p) => {
        const adjusted = holm(p) as number[];
        p.forEach((value, i) => {
          expect(adjusted[i]).toBeGreaterThanOrEqual(value);
          expect(adjusted[i]).toBeLessThanOrEqual(Math.min(1, p.length * value));
          p.forEach((other, j) => {
            if (value < other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j] as number);
          });
        });
      }),
    );
  });

  test('refuses what is no probability', () => {
    for (const wrong of [-0.1, 1.1, Number.NaN]) expect(() => holm([wrong])).toThrow(RangeError);
  });
});
