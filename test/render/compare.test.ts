import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { describeVerdict, renderComparison } from '../../src/render/compare.js';
import { type ComparedPair, compareCells, compareResults } from '../../src/session/compare.js';
import { exampleDocument, madeUpCell } from '../fixtures/measurements.js';

const sizes = [1, 4096, 65536];
const side = (probe: string, factor: number, seed: number) =>
  sizes.map((sizeBytes, index) =>
    madeUpCell(
      { given: { index, probe, sizeBytes }, medianNs: factor * (5000 + sizeBytes / 10) },
      seed + index,
    ),
  );
const missing = exampleDocument().results.filter((cell) => cell.probe === 'sysv-msg');
const comparison = compareResults(
  [...side('pipe', 1, 1), madeUpCell({ given: { sizeBytes: 1048576 }, medianNs: 4e5 }, 9)],
  [...side('sysv-msg', 2.93, 4).slice(0, 2), ...side('sysv-msg', 1, 8).slice(2), ...missing],
  { seed: 7, labels: ['pipe', 'sysv-msg'] },
);

function pairWith(ratio: number, ci95: [number, number]): ComparedPair {
  const [cell] = side('pipe', 1, 1);
  const pair = compareCells(cell as NonNullable<typeof cell>, cell as NonNullable<typeof cell>, {
    seed: 1,
  });
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

describe('renderComparison', () => {
  test.each([80, 100, 160])('at %i columns', async (width) => {
    const text = renderComparison(comparison, { width });
    const longest = Math.max(...text.split('\n').map((line) => [...line].length));
    expect(longest).toBeLessThanOrEqual(width);
    await expect(text).toMatchFileSnapshot(`../fixtures/golden/compare-${width}.txt`);
  });

  test('colour changes no character', () => {
    const coloured = renderComparison(comparison, { width: 160, color: true });
    expect(coloured).toContain('\u001b[32mpipe is ');
    expect(stripVTControlCharacters(coloured)).toBe(renderComparison(comparison, { width: 160 }));
  });

  test('names the mechanism when the sides are runs', () => {
    const { results } = exampleDocument();
    const text = renderComparison(
      compareResults(results, results, { seed: 1, labels: ['a', 'b'] }),
    );
    expect(text).toContain('mechanism');
    expect(text).toContain('unix-stream');
    expect(text).toContain('Not comparable: an interval needs two trials of each side.');
  });

  test('nothing in common', () => {
    const text = renderComparison(compareResults(side('pipe', 1, 1), [], { seed: 1 }));
    expect(text).toMatch(/^Nothing to compare/);
    expect(text).toContain('only in pipe');
  });
});
