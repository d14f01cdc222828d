import { describe, expect, test } from 'vitest';
import { NO_PARAMETERS } from '../../src/plan/parameters.js';
import { aggregateCell } from '../../src/session/aggregate.js';
import { compareCells, compareDocuments, compareResults } from '../../src/session/compare.js';
import type { CellResult } from '../../src/store/schema.js';
import {
  cell,
  documentOf,
  madeUpCell,
  measurement,
  patternsDocument,
  problem,
} from '../fixtures/measurements.js';

function result(probe: string, medians: readonly number[], given = {}): CellResult {
  const outcomes = medians.map((median) => measurement([median - 1, median, median + 1]));
  return aggregateCell(cell({ probe, ...given }), outcomes, { trials: 5, seed: 1 });
}

const slow = result('tcp', [400, 404, 396, 402, 398]);
const fast = result('pipe', [100, 101, 99, 100.5, 99.5]);

describe('compareCells', () => {
  test('the ratio is B’s time over A’s: above 1 when A is faster', () => {
    const pair = compareCells(fast, slow, { seed: 1 });
    expect(pair.ratio).toBeCloseTo(4, 9);
    expect(pair.verdict).toBe('faster');
    expect(pair.ci95?.[0]).toBeGreaterThan(3.9);
    const back = compareCells(slow, fast, { seed: 1 });
    expect(back.ratio).toBeCloseTo(0.25, 9);
    expect(back.verdict).toBe('slower');
  });

  test('overlapping trials are not separated', () => {
    const other = result('pipe', [99, 102, 100, 98, 101]);
    const pair = compareCells(fast, other, { seed: 1 });
    expect(pair.verdict).toBe('not separated');
    expect(pair.ci95?.[0]).toBeLessThanOrEqual(1);
    expect(pair.ci95?.[1]).toBeGreaterThanOrEqual(1);
  });

  test('a side without figures, or with one trial, gives no verdict', () => {
    const failed = aggregateCell(cell(), [problem('failed', 'no')], { trials: 5, seed: 1 });
    expect(compareCells(fast, failed, { seed: 1 })).toMatchObject({
      ratio: null,
      ci95: null,
      verdict: 'not comparable',
    });
    expect(compareCells(fast, result('tcp', [300]), { seed: 1 })).toMatchObject({
      ci95: null,
      verdict: 'not comparable',
    });
  });

  test('published medians have a ratio but no interval', () => {
    const published = { ...slow, per_trial: [], trials: 0 };
    const pair = compareCells(fast, published, { seed: 1 });
    expect(pair.ratio).toBeCloseTo(4, 9);
    expect(pair.verdict).toBe('not comparable');
  });

  test('tells the processor time of both peers per round trip', () => {
    const { client, server } = fast.usage as NonNullable<CellResult['usage']>;
    const expected =
      (1000 * (client.user_us + client.system_us)) / client.ops +
      (1000 * (server.user_us + server.system_us)) / server.ops;
    expect(compareCells(fast, slow, { seed: 1 }).a.cpu_ns_per_op).toBeCloseTo(expected, 9);
  });
});

describe('compareResults', () => {
  test('pairs cells of the same place, in the order of A, and names the rest', () => {
    const larger = { sizeBytes: 4096 };
    const comparison = compareResults(
      [result('pipe', [100, 101], larger), fast, result('pipe', [100, 101], { wait: 'spin' })],
      [slow, result('tcp', [200, 210], larger), result('tcp', [1, 2], { sizeBytes: 64 })],
      { seed: 1 },
    );
    expect(comparison).toMatchObject({ a: 'pipe', b: 'tcp' });
    expect(comparison.pairs.map((pair) => pair.size_bytes)).toEqual([4096, 1]);
    expect(comparison.unmatched).toEqual([
      'pipe, 1 B, two-cores, spin only in pipe',
      'tcp, 64 B, two-cores, block only in tcp',
    ]);
  });

  test('pairs several cells of one kind in their order', () => {
    const { pairs } = compareResults([fast, slow], [slow, fast], { seed: 1 });
    expect(pairs.map((pair) => pair.verdict)).toEqual(['faster', 'slower']);
  });
});

describe('only like is compared with like', () => {
  const trials = [100, 101];
  const a = (given = {}) => result('tcp', trials, given);
  const b = (given = {}) => result('unix-stream', trials, given);
  const asked = (given: object) => ({ parameters: { ...NO_PARAMETERS, ...given } });
  const all = (clientCpu: number, serverCpu: number) => ({
    ...{ placement: 'all', clientCpu, serverCpu },
  });

  test.each([
    ['pattern', { pattern: 'stream' }, {}],
    [
      'rate',
      { pattern: 'load', ...asked({ rate: 1 }) },
      { pattern: 'load', ...asked({ rate: 2 }) },
    ],
    ['reply', { pattern: 'rpc', ...asked({ replyBytes: 1 }) }, { pattern: 'rpc' }],
    ['pair of the matrix', all(0, 1), all(1, 0)],
    ['shared option', { options: { calls: 'send-recv' } }, { options: { calls: 'read-write' } }],
  ])('another %s', (_, given, other) => {
    const { pairs, unmatched } = compareResults([a(given)], [b(other)], { seed: 1 });
    expect(pairs).toEqual([]);
    expect(unmatched).toHaveLength(2);
    const { pairs: alike } = compareResults([a(given)], [b(given)], { seed: 1 });
    expect(alike).toHaveLength(1);
  });

  test('an option that one side does not have at all is its mechanism’s own', () => {
    const own = { options: { address: 'abstract' } };
    const { pairs } = compareResults([a()], [b(own)], { seed: 1 });
    expect(pairs[0]).toMatchObject({ options: {}, b: { options: { address: 'abstract' } } });
  });

  test('other placements on two machines are the same place whatever the processors', () => {
    const { pairs } = compareResults([a()], [b({ clientCpu: 6, serverCpu: 7 })], { seed: 1 });
    expect(pairs).toHaveLength(1);
  });

  test('two cells of different patterns are never comparable', () => {
    const pair = compareCells(a(), b({ pattern: 'stream' }), { seed: 1 });
    expect(pair).toMatchObject({ ratio: null, ci95: null, verdict: 'not comparable' });
  });

  test('every pattern is compared by its own times', () => {
    const document = patternsDocument();
    const { pairs } = compareDocuments(document, document, { seed: 1 });
    expect(pairs).toHaveLength(document.results.length);
    for (const pair of pairs) {
      expect(pair.a.median_ns).not.toBeNull();
      expect(pair.ratio).toBe(1);
    }
  });

  test('what has no partner is told in full', () => {
    const lone = a({ pattern: 'load', ...asked({ rate: 500 }), options: { ready: 'poll' } });
    const { unmatched } = compareResults([lone, a(all(3, 0))], [], { seed: 1, labels: ['x', 'y'] });
    expect(unmatched).toEqual([
      'tcp, load, 1 B, rate_per_s=500, ready=poll, two-cores, block only in x',
      'tcp, 1 B, processors 3 and 0, block only in x',
    ]);
  });
});

describe('compareDocuments', () => {
  const pipes = documentOf([madeUpCell({ given: {}, medianNs: 5000 }, 1)]);

  test('pairs the same mechanism where both have it', () => {
    const later = documentOf(
      [madeUpCell({ given: { probe: 'tcp' }, medianNs: 900 }, 2), ...pipes.results],
      { id: '20261122T000000Z-0001' },
    );
    const { pairs, unmatched } = compareDocuments(pipes, later, { seed: 1 });
    expect(pairs).toHaveLength(1);
    expect(pairs[0]).toMatchObject({ a: { probe: 'pipe' }, b: { probe: 'pipe' } });
    expect(unmatched).toHaveLength(1);
  });

  test('pairs different mechanisms where they have none in common', () => {
    const sockets = documentOf([madeUpCell({ given: { probe: 'tcp' }, medianNs: 15000 }, 2)]);
    const { pairs } = compareDocuments(pipes, sockets, { seed: 1 });
    expect(pairs[0]).toMatchObject({ b: { probe: 'tcp' }, verdict: 'faster' });
  });

  test('says in what the two runs differ', () => {
    const elsewhere = documentOf(pipes.results, {
      id: '20261122T000000Z-0001',
      ipcbench: '0.2.0',
      host: { ...pipes.run.host, kernel: '6.12.0' },
      plan: null,
    });
    const notes = compareDocuments(pipes, elsewhere, { seed: 1 }).notes.join('\n');
    expect(notes).toContain('differ in kernel.');
    expect(notes).toContain('versions');
    expect(notes).toContain('plans');
    expect(notes).toContain('interleaved');
    expect(compareDocuments(pipes, pipes, { seed: 1 }).notes).toEqual([]);
  });
});
