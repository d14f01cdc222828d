import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renderComparison } from '../../src/render/compare.js';
import { type ComparedSide, compareSides, sidesByPlace } from '../../src/session/compare-sets.js';
import type { CellResult } from '../../src/store/schema.js';
import { exampleDocument, madeUpCell, patternsDocument } from '../fixtures/measurements.js';

function compareResults(
  a: readonly CellResult[],
  b: readonly CellResult[],
  { seed, labels = ['pipe', 'tcp'] }: { seed: number; labels?: readonly [string, string] },
) {
  const sides = sidesByPlace([
    { label: labels[0], cells: a },
    { label: labels[1], cells: b },
  ]);
  return compareSides(sides, { seed });
}

/** By size alone. */
function keyed(side: ComparedSide): ComparedSide {
  return { ...side, keyOf: ({ size_bytes: bytes }) => String(bytes) };
}

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
    const { results } = document;
    const twice = compareResults(results, results, { seed: 1, labels: ['before', 'after'] });
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

  test('more than two are ranked, those that aren’t separated share a letter', async () => {
    const ranked = compareSides(
      sidesByPlace([
        { label: 'tcp', cells: side('tcp', 3, 1) },
        { label: 'pipe', cells: side('pipe', 1, 4) },
        { label: 'fifo', cells: side('fifo', 1, 8) },
      ]),
      { seed: 1 },
    );
    const text = renderComparison(ranked, { width: 140 });
    expect(text).toContain('share a letter');
    await expect(text).toMatchFileSnapshot('../fixtures/golden/compare-ranking.txt');
  });

  test('says how ratios come about: within blocks, of groups, or some so and some so', () => {
    const paired = sidesByPlace([
      { label: 'tcp', cells: side('tcp', 3, 1), run: 'x' },
      { label: 'pipe', cells: side('pipe', 1, 4), run: 'x' },
    ]);
    const within = 'median over 5 blocks of the quotient within a block';
    const groups = 'by bootstrap over trials, seed 1';
    const oneLine = (sides: typeof paired) =>
      renderComparison(compareSides(sides, { seed: 1 }), { width: 400 }).replaceAll(/\s+/g, ' ');
    const text = oneLine(paired);
    expect(text).toContain(`Ratios: ${within}`);
    expect(text).toContain('(Student’s t on logarithms below 6 blocks)');
    expect(text).toContain('p: sign test over blocks, two-sided, adjusted by Holm');
    expect(text).not.toContain(groups);
    const [first] = sidesByPlace([{ label: '@main', cells: side('pipe', 1, 9) }]);
    const mixed = oneLine([...(first ? [first] : []), ...paired].map((one) => keyed(one)));
    expect(mixed).toContain(`Ratios of what was measured together: ${within}`);
    expect(mixed).toContain('Other ratios: of the medians of trials');
  });

  test('says where the order changes', () => {
    const steep = sizes.map((sizeBytes, index) =>
      madeUpCell(
        { given: { index, probe: 'steep', sizeBytes }, medianNs: 3000 + sizeBytes },
        20 + index,
      ),
    );
    const flat = sizes.map((sizeBytes, index) =>
      madeUpCell({ given: { index, probe: 'flat', sizeBytes }, medianNs: 9000 }, 30 + index),
    );
    const swept = compareResults(steep, flat, { seed: 1, labels: ['steep', 'flat'] });
    const text = renderComparison(swept, { width: 400 });
    expect(text).toMatch(/The order changes at about [\d.]+ KiB \[[\d.]+ KiB \.\. [\d.]+ KiB\]/);
    expect(text).toContain('steep is faster below, flat above');
    expect(renderComparison(comparison)).toContain('No change of the order');
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
