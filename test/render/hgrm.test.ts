import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderHgrm } from '../../src/render/hgrm.js';
import { hgrmFiles } from '../../src/render/hgrm-files.js';
import { cellHistograms } from '../../src/render/histogram-cells.js';
import { exampleDocument, histogramOf, patternsDocument } from '../fixtures/measurements.js';

/** As a plotter reads it: lines of numbers, the rest is heading and trailer. */
function parse(text: string) {
  return text
    .split('\n')
    .filter((line) => /^\s*\d/.test(line))
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number, number?]);
}

const document = exampleDocument();

describe('renderHgrm', () => {
  test('is the text that HdrHistogram writes', async () => {
    const [source] = cellHistograms(document, '2');
    const text = renderHgrm(
      source?.histogram ?? { indexes: [], counts: [] },
      source?.bounds ?? null,
    );
    await expect(text).toMatchFileSnapshot('../fixtures/golden/pipe.hgrm');
  });

  // Levels: 0, then steps of a fifth of each halving of what is left to 100 %.
  test('has five lines for each halving of the distance to 100 %', () => {
    const samples = Array.from({ length: 1000 }, (_, i) => 100 + i);
    const levels = parse(renderHgrm(histogramOf(samples), null)).map(([, level]) => level);
    const expected = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.775];
    expect(levels.slice(0, expected.length)).toEqual(expected);
    expect(levels.at(-1)).toBe(1);
  });

  test('of one sample: its lines, and a trailer with it', () => {
    const text = renderHgrm(histogramOf([100]), { minPs: 100_000, maxPs: 100_000 });
    expect(text).toBe(
      [
        '       Value     Percentile TotalCount 1/(1-Percentile)',
        '',
        '     100.000 0.000000000000          1           1.00',
        '     100.000 1.000000000000          1',
        '#[Mean    =      100.096, StdDeviation   =        0.000]',
        '#[Max     =      100.000, Total count    =            1]',
        '#[Buckets =           41, SubBuckets     =          256]',
        '',
      ].join('\n'),
    );
  });

  test('rises in every column, ends at all samples, and each value covers its percentile', () => {
    const arbitrary = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), {
      minLength: 1,
      maxLength: 300,
    });
    fc.assert(
      fc.property(arbitrary, (samples) => {
        const rows = parse(renderHgrm(histogramOf(samples), null));
        for (const column of [0, 1, 2] as const) {
          const values = rows.map((row) => row[column]);
          expect(values).toEqual([...values].sort((a, b) => a - b));
        }
        expect(rows.at(-1)?.slice(1)).toEqual([1, samples.length]);
        for (const [value, level, upTo] of rows) {
          expect(upTo).toBeGreaterThanOrEqual(Math.floor(level * samples.length - 1e-6));
          // 0.0005: three digits after the point.
          const covered = samples.filter((ns) => Math.floor(ns * 1000) / 1000 <= value + 0.0005);
          expect(covered.length).toBe(upTo);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('hgrmFiles', () => {
  test('one histogram goes to the file, or to standard output', () => {
    expect(hgrmFiles([document], '2', 'x.hgrm')).toMatchObject([{ path: 'x.hgrm' }]);
    expect(hgrmFiles([document], '2', undefined)).toMatchObject([{ path: undefined }]);
  });

  test('several go into a directory, each with a name of its own', () => {
    const files = hgrmFiles([patternsDocument()], undefined, 'plots/');
    const names = files.map(({ path }) => path);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBe(cellHistograms(patternsDocument()).length);
    for (const name of names) expect(name).toMatch(/^plots\/\d\d-[A-Za-z0-9.-]+\.hgrm$/);
    expect(names.some((name) => name?.endsWith('-service.hgrm'))).toBe(true);
  });

  test('several do not go into one file', () => {
    expect(() => hgrmFiles([document], undefined, 'x.hgrm')).toThrow(/don't fit into x\.hgrm/);
    expect(() => hgrmFiles([document], 'pipe', undefined)).toThrow(/2 histograms don't fit/);
  });
});
