import { describe, expect, test } from 'vitest';
import { describeVerdict } from '../../src/render/verdict.js';
import { type ComparedPair, compareCells } from '../../src/session/compare.js';
import { madeUpCell } from '../fixtures/measurements.js';

const cell = madeUpCell({ given: {}, medianNs: 5000 }, 1);

function pairWith(ratio: number, ci95: [number, number]): ComparedPair {
  const pair = compareCells(cell, cell, { seed: 1 });
  const verdict = ci95[0] > 1 ? 'faster' : ci95[1] < 1 ? 'slower' : 'not separated';
  return { ...pair, ratio, ci95, verdict };
}

describe('describeVerdict', () => {
  const names = ['doors', 'tcp'] as const;

  test.each([
    [4.1234, [3.91, 4.33], 'doors is 4.1x [3.9 .. 4.3] faster'],
    [0.25, [0.24, 0.26], 'tcp is 4.0x [3.8 .. 4.2] faster'],
    [1.01, [0.98, 1.05], 'not separated: 1.01x [0.98 .. 1.05]'],
    // Rounded to the interval's digits it would read [1.00 .. 1.02].
    [1.01, [1.0004, 1.0204], 'doors is 1.0100x [1.0004 .. 1.0204] faster'],
    [41.23, [40.81, 41.68], 'doors is 41.2x [40.8 .. 41.7] faster'],
  ] as const)('%d', (ratio, ci95, text) => {
    expect(describeVerdict(pairWith(ratio, [...ci95]), [...names])).toBe(text);
  });

  test('without an interval there is no verdict', () => {
    const pair = { ...pairWith(2, [1, 3]), ci95: null, verdict: 'not comparable' as const };
    expect(describeVerdict(pair, [...names])).toBe('not comparable');
  });
});
