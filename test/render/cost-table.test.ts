import { describe, expect, test } from 'vitest';
import { renderTable } from '../../src/render/table.js';
import { TABLE_COLUMNS } from '../../src/render/table-columns.js';
import { explainedDocument, hardwareCounters } from '../fixtures/costs.js';
import { exampleDocument, patternsDocument } from '../fixtures/measurements.js';

const document = explainedDocument();
const flat = (text: string) => text.replaceAll(/\s+/g, ' ');

describe('a table of which it is known where the time goes', () => {
  test.each([80, 100, 120, 160])('at %i columns', async (width) => {
    const text = renderTable(document, { width });
    const longest = Math.max(...text.split('\n').map((line) => [...line].length));
    expect(longest).toBeLessThanOrEqual(width);
    await expect(text).toMatchFileSnapshot(`../fixtures/golden/table-costs-${width}.txt`);
  });

  test('has both columns, and says what they are', () => {
    const text = renderTable(document);
    expect(text).toMatch(/bcopy +other/);
    expect(flat(text)).toContain('bcopy: what copying takes at least');
    expect(flat(text)).toContain('in which neither peer ran');
    expect(text).toContain('(4 ms here)');
  });

  test('without a calibration it is as before, and says why', () => {
    const before = renderTable(exampleDocument());
    expect(before).not.toContain('bcopy');
    expect(before).not.toMatch(/\bother\b/);
    const { run, ...rest } = exampleDocument();
    const noted = { ...rest, run: { ...run, calibration_note: 'It was ended' } };
    expect(renderTable(noted)).toContain('No share of bcopy: it was ended.');
  });

  test('says why there are no hardware counters, and what helps', () => {
    expect(flat(renderTable(document))).toMatch(
      /Hardware counters are not available: ENOENT \(.*virtual PMU\)/,
    );
  });

  test('has both splits side by side where there are, and warns where they contradict', () => {
    const agreeing = explainedDocument((ns) => hardwareCounters(ns, 0.25));
    expect(renderTable(agreeing)).toMatch(/ user +user .*\n.*getrusage +cycles/);
    const split = explainedDocument((ns) => hardwareCounters(ns, 0.9));
    // Windows of some ms are shorter than a tick: nothing contradicts anything.
    expect(renderTable(split)).not.toContain('Warning');
    const fine = { ...split, run: { ...split.run, split_resolution_us: 1 } };
    expect(flat(renderTable(fine))).toMatch(/Warning: getrusage and the counters disagree.*cycles/);
  });

  test('counters that took turns are told', () => {
    const half = explainedDocument((ns) => ({ ...hardwareCounters(ns, 0.25), runningNs: ns / 2 }));
    expect(flat(renderTable(half))).toContain('they took turns, ran for 50 % of the time');
  });
});

describe('columns that are asked for', () => {
  const heading = (text: string) => text.split('\n').find((line) => line.startsWith('mechanism'));

  test('come in their order, whatever the width, and nothing else', () => {
    const columns = ['bcopy', 'median', 'cpu'];
    const text = renderTable(document, { width: 60, columns });
    expect(text).toMatch(/bcopy.*median RTT.*CPU/);
    for (const absent of ['p99', '/trip /trip', 'MB/s:', 'Left out', 'in which neither']) {
      expect(flat(text)).not.toContain(absent);
    }
  });

  test('every one of them can be shown', () => {
    const full = explainedDocument((ns) => hardwareCounters(ns, 0.25));
    for (const key of TABLE_COLUMNS) {
      const text = renderTable(full, { columns: [key] });
      if (['service', 'unsent'].includes(key)) continue;
      const row = text.split('\n').find((line) => line.startsWith('pipe')) ?? '';
      expect(row.replace(/^.* block */, ''), key).toMatch(/\d/);
    }
  });

  test('a pattern without one does without', () => {
    const text = renderTable(patternsDocument(), { columns: ['median', 'service'] });
    expect(text).toContain('median service');
    expect(heading(text)).toContain('mechanism');
    expect(text).not.toContain('p99.9');
  });
});
