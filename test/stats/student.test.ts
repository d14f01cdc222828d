import { describe, expect, test } from 'vitest';
import { studentLog, welchDegrees, welchLog } from '../../src/stats/student.js';

describe('studentLog', () => {
  test('worked by hand: logarithms 0, 1, 2; t = 4.3027', () => {
    const [low, high] = studentLog([1, Math.E, Math.E ** 2], 0.95);
    const half = 4.302652729911275 / Math.sqrt(3);
    expect(Math.log(low)).toBeCloseTo(1 - half, 9);
    expect(Math.log(high)).toBeCloseTo(1 + half, 9);
  });

  test('a higher level is a wider interval', () => {
    const values = [10, 11, 12];
    expect(studentLog(values, 0.99)[1]).toBeGreaterThan(studentLog(values, 0.95)[1]);
  });
});

describe('welchLog', () => {
  test('equal spreads and sizes: Student’s with both degrees of freedom', () => {
    // Logarithms 0, 1, 2 and 3, 4, 5: difference -3, error sqrt(2/3), df 4, t = 2.7764.
    const [low, high] = welchLog([0, 1, 2].map(Math.exp), [3, 4, 5].map(Math.exp), 0.95);
    const half = 2.7764451051977987 * Math.sqrt(2 / 3);
    expect(Math.log(low)).toBeCloseTo(-3 - half, 8);
    expect(Math.log(high)).toBeCloseTo(-3 + half, 8);
  });

  test('no spread: no width', () => {
    const [low, high] = welchLog([4, 4], [2, 2], 0.95);
    expect(low).toBeCloseTo(2, 12);
    expect(high).toBe(low);
  });
});

describe('welchDegrees', () => {
  test('all degrees when the spreads are equal, those of one side when the other has none', () => {
    const spread = [0, 1, 2].map(Math.exp);
    expect(welchDegrees(spread, spread)).toBeCloseTo(4, 12);
    expect(welchDegrees(spread, [5, 5, 5, 5])).toBeCloseTo(2, 12);
    expect(welchDegrees([5, 5], [4, 4, 4])).toBe(3);
  });
});
