import { describe, expect, test } from 'vitest';
import { parsePercentage } from '../../src/plan/percentages.js';

describe('parsePercentage', () => {
  test.each([
    ['5%', 0.05],
    ['0%', 0],
    [' 0.5% ', 0.005],
    ['100%', 1],
  ])('%s', (text, share) => {
    expect(parsePercentage(text, '--noise')).toBe(share);
  });

  test.each(['5', '101%', '-1%', '%', '1e2%', ''])('"%s" is none', (text) => {
    expect(() => parsePercentage(text, '--noise')).toThrow('--noise');
  });
});
