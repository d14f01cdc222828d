import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renderComparison } from '../../src/render/compare.js';
import { compareDocuments, compareResults } from '../../src/session/compare.js';
import { exampleDocument, madeUpCell, patternsDocument } from '../fixtures/measurements.js';

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

  test('a table for each pattern, each with the name of its figure', async () => {
    const document = patternsDocument();
    const twice = compareDocuments(document, document, { seed: 1, labels: ['before', 'after'] });
    const text = renderComparison(twice, { width: 140 });
    for (const median of [
      'median RTT',
      'median per message',
      'median connect',
      'median response',
    ]) {
      expect(text).toContain(`${median} [95 % CI]`);
    }
    await expect(text).toMatchFileSnapshot('../fixtures/golden/compare-patterns.txt');
  });

  test('an option that only one side has is told with its mechanism', () => {
    const plain = side('tcp', 1, 1);
    const abstract = side('unix-stream', 2, 5).map((cell) => ({
      ...cell,
      options: { address: 'abstract' },
    }));
    const text = renderComparison(compareResults(plain, abstract, { seed: 1 }), { width: 160 });
    expect(text).toContain('tcp, unix-stream address=abstract');
  });
});
