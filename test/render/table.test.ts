import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renderTable } from '../../src/render/table.js';
import { documentOf, exampleDocument, madeUpCell } from '../fixtures/measurements.js';

const document = exampleDocument();

describe('renderTable', () => {
  // Vitest writes the files when run with -u; a person reads them before they are committed.
  test.each([60, 80, 100, 120, 160])('at %i columns', async (width) => {
    const text = renderTable(document, { width });
    const longest = Math.max(...text.split('\n').map((line) => [...line].length));
    if (width >= 80) expect(longest).toBeLessThanOrEqual(width);
    await expect(text).toMatchFileSnapshot(`../fixtures/golden/table-${width}.txt`);
  });

  test('leaves nothing out unless it is told a width', () => {
    const text = renderTable(document);
    expect(text).not.toContain('Left out');
    for (const heading of ['p99.9', 'MB/s', 'switches', 'trials', 'user', 'system']) {
      expect(text).toContain(heading);
    }
  });

  test('says above the table what all rows share, before it leaves anything out', () => {
    const cells = [1, 64, 4096].map((sizeBytes, index) =>
      madeUpCell({ given: { index, sizeBytes }, medianNs: 5000 + sizeBytes }, index),
    );
    const above = (width: number) => {
      const text = renderTable(documentOf(cells), { width });
      expect(text).not.toContain('Left out');
      return text.split('\n')[0];
    };
    expect(above(140)).toMatch(/^mechanism/);
    expect(above(120)).toBe('trials 5');
    expect(above(110)).toBe('placement two-cores · wait block · trials 5');
  });

  test('names what it left out', () => {
    expect(renderTable(document, { width: 120 })).toContain('Left out for want of width: MB/s');
  });

  test('a row without figures says why, and what helps', () => {
    const text = renderTable(document);
    expect(text).toContain(
      'not available: a message is at most 8192 bytes (sysctl kernel.msgmax=1048576)',
    );
    expect(text).toContain('failed: semop(id, ops, 2) failed: EIDRM');
  });

  test('colour adds emphasis and changes no character', () => {
    const coloured = renderTable(document, { width: 100, color: true });
    expect(coloured).not.toBe(stripVTControlCharacters(coloured));
    expect(stripVTControlCharacters(coloured)).toBe(renderTable(document, { width: 100 }));
  });

  test('a table of nothing but missing mechanisms can be read', () => {
    const missing = document.results.filter((cell) => cell.status !== 'ok');
    const text = renderTable({ ...document, results: missing }, { width: 80 });
    expect(text.replaceAll(/\s+/g, ' ')).toContain('a message is at most 8192 bytes');
    expect(text).not.toContain('RTT: round-trip time');
  });

  test('no results at all', () => {
    expect(renderTable(documentOf([]))).toMatch(/^No results\.\n/);
  });

  test('missing is empty: published figures have a median and little else', () => {
    const [cell] = document.results;
    const published = {
      ...(cell as NonNullable<typeof cell>),
      ...{ usage: null, ops_per_s: null, bytes_per_s: null, outliers: null, batch: null },
      ...{ per_trial: [], trials: 0, trials_planned: null },
      rtt_ns: {
        ...{ median: 175_000, ci95: null, p50: null, p90: null, p99: null, p999: null },
        ...{ min: null, max: null, mean: null },
      },
    };
    const text = renderTable(
      documentOf([published], { source: 'a paper', plan: null, seed: null }),
    );
    const row = text.split('\n').find((line) => line.startsWith('null '));
    expect(row?.trim().split(/\s{2,}/)).toEqual([
      'null',
      '1 B',
      'two-cores',
      'spin',
      '180 µs [n/a]',
      '0',
    ]);
    expect(text).toContain('Source: a paper.');
  });

  test('an interrupted run says so first', () => {
    const notes = (run: object) =>
      renderTable(documentOf([...document.results], { complete: false, ...run })).split('\n\n')[1];
    expect(notes({})).toMatch(/^This run was interrupted: 4 of 8 rows/);
    expect(notes({ ended: null })).toMatch(/^This run has not ended/);
  });

  test('a cell some of whose trials failed has a note', () => {
    const [first, ...rest] = document.results;
    const limping = {
      ...(first as NonNullable<typeof first>),
      trials: 4,
      reason: '1 of 5 trials without figures: took longer than 10 s',
    };
    const text = renderTable(documentOf([limping, ...rest]));
    expect(text).toContain('null (1 B, two-cores, spin): 1 of 5 trials without figures');
    expect(text).toContain('4/5');
  });
});
