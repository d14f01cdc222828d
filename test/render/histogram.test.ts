import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderHistograms } from '../../src/render/histogram.js';
import { type CellHistogram, cellHistograms } from '../../src/render/histogram-cells.js';
import { boxOf, spectrum, violinOf } from '../../src/render/histogram-shape.js';
import { summarizeHistogram } from '../../src/render/histogram-summary.js';
import { histogramQuantile } from '../../src/stats/histogram.js';
import {
  documentOf,
  exampleDocument,
  histogramOf,
  madeUpCell,
  patternsDocument,
} from '../fixtures/measurements.js';

const document = exampleDocument();

/** A cell with exactly these samples, in ns. */
function histogramWith(samplesNs: readonly number[]): CellHistogram {
  const [source] = cellHistograms(document, '2');
  return {
    ...(source as CellHistogram),
    histogram: histogramOf(samplesNs),
    samples: samplesNs.length,
    bounds: { minPs: Math.min(...samplesNs) * 1000, maxPs: Math.max(...samplesNs) * 1000 },
  };
}

/** Whole picoseconds, as the native part keeps them, from 2 ps to 1 s; in ns. */
const someSamples = fc.array(
  fc.integer({ min: 2, max: 1e12 }).map((ps) => ps / 1000),
  { minLength: 1, maxLength: 200 },
);

describe('renderHistograms', () => {
  test.each([60, 80, 120])('at %i columns', async (width) => {
    const text = renderHistograms(cellHistograms(document), { width });
    expect(Math.max(...text.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(
      width,
    );
    await expect(text).toMatchFileSnapshot(`../fixtures/golden/histogram-${width}.txt`);
  });

  test('in ASCII', async () => {
    const text = renderHistograms(cellHistograms(patternsDocument(), '1,3'), { ascii: true });
    expect(text).toMatch(/^[\n -~]*$/);
    await expect(text).toMatchFileSnapshot('../fixtures/golden/histogram-ascii.txt');
  });

  test('colour changes nothing but the emphasis', () => {
    const cells = cellHistograms(document, 'pipe');
    const coloured = renderHistograms(cells, { color: true });
    expect(coloured).not.toBe(renderHistograms(cells));
    expect(stripVTControlCharacters(coloured)).toBe(renderHistograms(cells));
  });

  test('any samples make lines of at most the width, and say how many there are', () => {
    fc.assert(
      fc.property(someSamples, fc.integer({ min: 50, max: 120 }), (samples, width) => {
        const text = renderHistograms([histogramWith(samples)], { width });
        for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(width);
        expect(text).toContain(`${samples.length} samples`);
        expect(text).not.toMatch(/NaN|Infinity|undefined/);
      }),
      { numRuns: 50 },
    );
  });
});

describe('cellHistograms', () => {
  test('has every cell with samples, numbered as in the document', () => {
    expect(cellHistograms(document).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('takes numbers and probes, in the order of the document, each once', () => {
    const chosen = cellHistograms(document, '5, pipe,2').map(({ number }) => number);
    expect(chosen).toEqual([2, 3, 5]);
  });

  test('has response and service times of a cell under load', () => {
    const results = patternsDocument().results;
    const load = results.findIndex(({ pattern }) => pattern === 'load') + 1;
    const histograms = cellHistograms(patternsDocument(), String(load));
    expect(histograms.map(({ what, suffix }) => [what, suffix])).toEqual([
      ['response time', ''],
      ['service time', 'service'],
    ]);
  });

  test('has all samples of all trials', () => {
    const [source] = cellHistograms(document, '2');
    expect(source).toMatchObject({ samples: 5 * 400, trials: 5, batch: 1 });
    expect(source?.bounds?.minPs).toBeLessThan(source?.bounds?.maxPs ?? 0);
  });

  test.each([
    ['a number too high', '99', /no cell "99"/],
    ['0', '0', /no cell "0"/],
    ['a probe that is not there', 'doors', /no cell "doors"/],
    ['nothing', '', /no cell ""/],
    ['a cell without figures', '7', /No cell of --cell "7" has a histogram/],
  ])('refuses %s', (_, choice, message) => {
    expect(() => cellHistograms(document, choice)).toThrow(message);
  });

  test('refuses a result without samples', () => {
    expect(() => cellHistograms(documentOf([]))).toThrow(/has no histogram/);
  });
});

describe('the shapes', () => {
  test('a spectrum tells no percentile that its samples do not carry', () => {
    const percentiles = (n: number) =>
      spectrum(histogramWith(Array.from({ length: n }, (_, i) => 1000 + i))).map(
        ({ percentile }) => percentile,
      );
    expect(percentiles(1)).toEqual([0, 100]);
    expect(percentiles(10)).toEqual([0, 10, 25, 50, 75, 90, 100]);
    expect(percentiles(1000)).toEqual([0, 10, 25, 50, 75, 90, 95, 99, 99.9, 100]);
  });

  test('a spectrum rises from the smallest to the largest sample', () => {
    fc.assert(
      fc.property(someSamples, (samples) => {
        const times = spectrum(histogramWith(samples)).map(({ ns }) => ns);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(times[0]).toBeCloseTo(Math.min(...samples), 6);
        expect(times.at(-1)).toBeCloseTo(Math.max(...samples), 6);
      }),
      { numRuns: 100 },
    );
  });

  test('a violin loses no sample, and leaves out at most one in a thousand at each end', () => {
    fc.assert(
      fc.property(someSamples, fc.integer({ min: 1, max: 40 }), (samples, steps) => {
        const source = histogramWith(samples);
        const { counts, below, above, edges } = violinOf(source, steps);
        const total = counts.reduce((a, b) => a + b, 0) + below + above;
        expect(total).toBeCloseTo(samples.length, 6);
        expect(below).toBeLessThanOrEqual(samples.length / 1000 + 1);
        expect(above).toBeLessThanOrEqual(samples.length / 1000 + 1);
        expect(counts.every((count) => count >= -1e-9)).toBe(true);
        expect(edges).toEqual([...edges].sort((a, b) => a - b));
      }),
      { numRuns: 100 },
    );
  });

  test('two modes are two humps', () => {
    const samples = [...Array(500).fill(1000), ...Array(500).fill(4000)];
    const { counts } = violinOf(histogramWith(samples), 18);
    const humps = counts.filter((count) => count > 400);
    expect(humps).toHaveLength(2);
    expect(counts.filter((count) => count > 0)).toHaveLength(2);
  });

  test('a box has the quantiles of the histogram', () => {
    const source = histogramWith(Array.from({ length: 101 }, (_, i) => 1000 + 10 * i));
    const { p1, p25, p50, p75, p99 } = boxOf(source);
    for (const [value, exact] of [
      [p1, 1010],
      [p25, 1250],
      [p50, 1500],
      [p75, 1750],
      [p99, 1990],
    ] as const) {
      expect(Math.abs(value / exact - 1)).toBeLessThan(0.008);
    }
  });

  test('a summary has the same figures', () => {
    const cells = [madeUpCell({ given: { probe: 'pipe' }, medianNs: 5000 }, 7)];
    const [source] = cellHistograms(documentOf(cells));
    const summary = summarizeHistogram(source as CellHistogram);
    const median = histogramQuantile((source as CellHistogram).histogram, 0.5);
    expect(summary.box_ns.p50).toBeCloseTo((median ?? 0) / 1000, 6);
    expect(summary).toMatchObject({
      cell: 1,
      title: expect.stringContaining('pipe'),
      what: 'round trip',
    });
  });
});
