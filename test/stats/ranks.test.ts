import { expect, test } from 'vitest';
import { jointRanks } from '../../src/stats/ranks.js';

test('equal values share the mean of their ranks', () => {
  // Together 1 2 2 3 3 3 4: ranks 1, 2.5, 2.5, 5, 5, 5, 7.
  expect(jointRanks([2, 3, 3], [1, 2, 3, 4])).toEqual({
    sumA: 2.5 + 5 + 5,
    doubled: [2, 5, 5, 10, 10, 10, 14],
    ties: [2, 3],
  });
});

test('nothing has no ranks, NaN has none either', () => {
  expect(jointRanks([], [])).toEqual({ sumA: 0, doubled: [], ties: [] });
  expect(() => jointRanks([Number.NaN], [])).toThrow(RangeError);
});
