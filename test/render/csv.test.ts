import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderCsv } from '../../src/render/csv.js';
import type { TidyLevel } from '../../src/render/tidy.js';
import type { CellResult } from '../../src/store/schema.js';
import { explainedDocument, hardwareCounters } from '../fixtures/costs.js';
import { documentOf, exampleDocument, patternsDocument } from '../fixtures/measurements.js';

/** A reader of RFC 4180 that knows nothing of the writer. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy;
  let row: string[] = [];
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (match === null) throw new Error('not RFC 4180');
    const [, raw = '', end] = match;
    row.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

function records(results: readonly CellResult[], level: TidyLevel): Record<string, string>[] {
  const [header = [], ...rows] = parse(renderCsv(documentOf(results), { level }));
  for (const row of rows) expect(row).toHaveLength(header.length);
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] ?? ''])));
}

const { results } = exampleDocument();
const first = results[0] as CellResult;

describe('renderCsv', () => {
  test.each(['cell', 'trial'] as const)('one line per %s', async (level) => {
    const text = renderCsv(exampleDocument(), { level });
    await expect(text).toMatchFileSnapshot(`../fixtures/golden/${level}.csv`);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    const trials = results.flatMap((cell) => cell.per_trial).length;
    expect(parse(text)).toHaveLength(1 + (level === 'cell' ? results.length : trials));
  });

  test('is tidy: unique headings in snake_case, the place of the cell in every line', () => {
    for (const level of ['cell', 'trial'] as const) {
      const [header = []] = parse(renderCsv(documentOf([]), { level }));
      expect(new Set(header).size).toBe(header.length);
      for (const name of header) expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
      for (const record of records(results, level)) {
        expect(record.run_id).toBe('20261121T031500Z-7f3a');
        expect(record.probe).not.toBe('');
      }
    }
  });

  test('writes figures in full and missing ones as nothing', () => {
    const cells = records(results, 'cell');
    cells.forEach((record, i) => {
      const { rtt_ns: rtt, usage } = results[i] as CellResult;
      expect(record.rtt_median_ns).toBe(rtt === null ? '' : String(rtt.median));
      expect(record.rtt_ci95_low_ns).toBe(rtt?.ci95 ? String(rtt.ci95[0]) : '');
      expect(record.client_user_us).toBe(usage === null ? '' : String(usage.client.user_us));
    });
    expect(cells.at(-1)).toMatchObject({ status: 'failed', trials: '0', ops_per_s: '', batch: '' });
    // A measured zero is a zero.
    expect(cells[0]?.client_major_faults).toBe('0');
  });

  test('each pattern fills the columns of its own times, and leaves the others empty', () => {
    const { results: cells } = patternsDocument();
    const figures = { rtt: 'rtt_ns', message: 'message_ns', connect: 'connect_ns' } as const;
    const times = { ...figures, response: 'response_ns', service_time: 'service_time_ns' } as const;
    const rows = records(cells, 'cell');
    cells.forEach((cell, i) => {
      for (const [prefix, field] of Object.entries(times)) {
        const median = cell[field]?.median;
        expect(rows[i]?.[`${prefix}_median_ns`]).toBe(median === undefined ? '' : String(median));
      }
    });
    const trials = records(cells, 'trial');
    const patterns = cells.flatMap((cell) => cell.per_trial.map(() => cell));
    patterns.forEach((cell, i) => {
      for (const [prefix, field] of Object.entries(times)) {
        expect(trials[i]?.[`${prefix}_p99_ns`] !== '', `${cell.pattern} ${prefix}`).toBe(
          cell[field] !== null,
        );
      }
    });
  });

  test('what was asked for, granted, and left unsent has columns', () => {
    const rows = records(patternsDocument().results, 'cell');
    expect(rows.find((row) => row.pattern === 'rpc')).toMatchObject({
      asked_reply_bytes: '4096',
      asked_service_ns: '10000',
      reply_bytes: '4096',
      asked_rate_per_s: '',
    });
    expect(rows.find((row) => row.options !== '' && row.pattern === 'stream')).toMatchObject({
      client_granted_sndbuf_bytes: '131072',
      server_granted_rcvlowat_bytes: '1',
      server_granted_backlog: '',
      stream_window: '0',
    });
    expect(rows.findLast((row) => row.pattern === 'load')).toMatchObject({
      asked_rate_per_s: '25000',
      arrivals: 'poisson',
      unsent_ops: '125',
      bytes_per_s: expect.stringMatching(/^\d/),
    });
    expect(rows.find((row) => row.pattern === 'connect')).toMatchObject({
      bytes_per_s: '',
      size_bytes: '',
      client_cpu: '0',
      stream_window: '',
    });
  });

  test('any names, reasons and options come back as they were', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', ';', ' ', 'µ', '\t', '\u{1f600}') }),
    );
    const options = fc.dictionary(text, text, { maxKeys: 3 });
    fc.assert(
      fc.property(text, fc.option(text), options, (probe, reason, chosen) => {
        const cell = { ...first, probe, reason, options: chosen };
        const [record] = records([cell], 'cell');
        expect(record?.probe).toBe(probe);
        expect(record?.reason).toBe(reason ?? '');
        const field = record?.options ?? '';
        expect(field === '' ? {} : JSON.parse(field)).toEqual(chosen);
      }),
    );
  });

  test('any figure is read back exactly', () => {
    const figure = fc.option(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }));
    fc.assert(
      fc.property(figure, figure, (ops, bytes) => {
        const cell = { ...first, ops_per_s: ops, bytes_per_s: bytes };
        const [record] = records([cell], 'cell');
        expect(record?.ops_per_s === '' ? null : Number(record?.ops_per_s)).toBe(ops);
        expect(record?.bytes_per_s === '' ? null : Number(record?.bytes_per_s)).toBe(bytes);
      }),
    );
  });
});

test('what an operation costs has columns', () => {
  const text = renderCsv(explainedDocument((ns) => hardwareCounters(ns, 0.25)));
  const [heading, first = []] = parse(text);
  const field = (name: string) => first[heading?.indexOf(name) ?? -1];
  expect(field('bcopy_copies')).toBe('4');
  expect(field('bcopy_source')).toBe('warm');
  expect(Number(field('bcopy_floor_ns'))).toBe(8);
  expect(Number(field('bcopy_share'))).toBeGreaterThan(0);
  expect(Number(field('client_counters_cycles_user'))).toBeGreaterThan(0);
  expect(field('server_counters_error')).toBe('0');
});
