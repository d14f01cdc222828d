import { describe, expect, test } from 'vitest';
import { sumOutliers, tukeyOutliers } from '../../src/stats/tukey.js';

describe('tukeyOutliers', () => {
  test('counts on both sides and by severity', () => {
    // Q1 = 10, Q3 = 14 among the body; fences at 4 and 20, -2 and 26.
    const body = [10, 10, 10, 11, 12, 12, 12, 13, 14, 14, 14];
    expect(tukeyOutliers([...body, 3, 21, -3, 27])).toEqual({
      of: 15,
      lowSevere: 1,
      lowMild: 1,
      highMild: 1,
      highSevere: 1,
    });
  });

  test('a constant has none; what differs from it is severe', () => {
    expect(tukeyOutliers([5, 5, 5]).highSevere).toBe(0);
    expect(tukeyOutliers([5, 5, 5, 5, 6]).highSevere).toBe(1);
  });

  test('nothing has none', () => {
    expect(tukeyOutliers([])).toEqual({
      of: 0,
      lowSevere: 0,
      lowMild: 0,
      highMild: 0,
      highSevere: 0,
    });
  });
});

test('groups keep their own fences', () => {
  const low = [1, 1, 1, 1];
  const high = [9, 9, 9, 9];
  const summed = sumOutliers([tukeyOutliers(low), tukeyOutliers(high)]);
  expect(summed).toEqual({ of: 8, lowSevere: 0, lowMild: 0, highMild: 0, highSevere: 0 });
});
