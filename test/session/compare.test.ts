import { describe, expect, test } from 'vitest';
import { NO_PARAMETERS } from '../../src/plan/parameters.js';
import { aggregateCell } from '../../src/session/aggregate.js';
import { compareCells, verdictOf } from '../../src/session/compare.js';
import { differences } from '../../src/session/compare-differences.js';
import { ratioOfGroups } from '../../src/session/compare-figures.js';
import { compareSides, sidesByPlace } from '../../src/session/compare-sets.js';
import type { CellResult, ResultDocument } from '../../src/store/schema.js';
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

/** Two sets of cells, paired as saved results are. */
function compareResults(
  a: readonly CellResult[],
  b: readonly CellResult[],
  [labelA, labelB]: readonly [string, string] = ['pipe', 'tcp'],
) {
  const sides = sidesByPlace([
    { label: labelA, cells: a },
    { label: labelB, cells: b },
  ]);
  return compareSides(sides, { seed: 1, noise: 0 });
}

/** The same, as measured in runs of these names. */
function compareMeasured(cells: readonly CellResult[], runs: readonly (string | undefined)[]) {
  const sides = cells.map((one, index) => {
    const run = runs[index];
    return { label: `${one.probe} ${index}`, cells: [one], ...(run !== undefined && { run }) };
  });
  return compareSides(
    sides.map((side) => ({ ...side, keyOf: () => 'place' })),
    { seed: 1, noise: 0 },
  );
}

function compareDocuments(a: ResultDocument, b: ResultDocument) {
  return compareResults(a.results, b.results, [a.run.id, b.run.id]);
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
    );
    expect(comparison.sides).toEqual(['pipe', 'tcp']);
    expect(comparison.pairs.map((pair) => pair.size_bytes)).toEqual([4096, 1]);
    expect(comparison.unmatched).toEqual([
      'pipe, 1 B, two-cores, spin only in pipe',
      'tcp, 64 B, two-cores, block only in tcp',
    ]);
  });

  test('pairs several cells of one kind in their order', () => {
    const slowPipe = result('pipe', [400, 404, 396, 402, 398]);
    const { pairs } = compareResults([fast, slowPipe], [slowPipe, fast]);
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
    const { pairs, unmatched } = compareResults([a(given)], [b(other)]);
    expect(pairs).toEqual([]);
    expect(unmatched).toHaveLength(2);
    const { pairs: alike } = compareResults([a(given)], [b(given)]);
    expect(alike).toHaveLength(1);
  });

  test('an option that one side does not have at all is its mechanism’s own', () => {
    const own = { options: { address: 'abstract' } };
    const { pairs } = compareResults([a()], [b(own)]);
    expect(pairs[0]).toMatchObject({ options: {}, b: { options: { address: 'abstract' } } });
  });

  test('other placements on two machines are the same place whatever the processors', () => {
    const { pairs } = compareResults([a()], [b({ clientCpu: 6, serverCpu: 7 })]);
    expect(pairs).toHaveLength(1);
  });

  test('two cells of different patterns are never comparable', () => {
    const pair = compareCells(a(), b({ pattern: 'stream' }), { seed: 1 });
    expect(pair).toMatchObject({ ratio: null, ci95: null, verdict: 'not comparable' });
  });

  test('every pattern is compared by its own times', () => {
    const document = patternsDocument();
    const { pairs } = compareDocuments(document, document);
    expect(pairs).toHaveLength(document.results.length);
    for (const pair of pairs) {
      expect(pair.a.median_ns).not.toBeNull();
      expect(pair.ratio).toBe(1);
    }
  });

  test('what has no partner is told in full', () => {
    const lone = a({ pattern: 'load', ...asked({ rate: 500 }), options: { ready: 'poll' } });
    const { unmatched } = compareResults([lone, a(all(3, 0))], [], ['x', 'y']);
    expect(unmatched).toEqual([
      'tcp, load, 1 B, rate_per_s=500, ready=poll, two-cores, block only in x',
      'tcp, 1 B, processors 3 and 0, block only in x',
    ]);
  });
});

function origins(...documents: readonly ResultDocument[]) {
  return documents.map((document) => ({ label: document.run.id, document }));
}

describe('the verdict', () => {
  test.each([
    [1.1, [1.05, 1.15], 0.02, 'faster'],
    [1 / 1.1, [0.88, 0.93], 0.02, 'slower'],
    // The interval excludes 1, but the ratio is within the noise.
    [1.015, [1.01, 1.02], 0.02, 'not separated'],
    [1 / 1.015, [0.98, 0.99], 0.02, 'not separated'],
    [1.2, [0.99, 1.4], 0.02, 'not separated'],
    [null, null, 0, 'not comparable'],
    [1.2, null, 0, 'not comparable'],
  ] as const)('of %j %j with noise %d: %s', (ratio, interval, noise, verdict) => {
    expect(verdictOf(ratio, interval, noise)).toBe(verdict);
  });

  test('a pair has p, effect and CPU ratio beside it', () => {
    const pair = compareCells(fast, slow, { seed: 1 });
    // Five and five completely apart: 2 / C(10, 5).
    expect(pair.p).toBeCloseTo(2 / 252, 12);
    expect(pair.effect).toBe(1);
    expect(compareCells(slow, fast, { seed: 1 }).effect).toBe(-1);
    expect(pair.cpu_ratio).toBeCloseTo(
      (pair.b.cpu_ns_per_op ?? 0) / (pair.a.cpu_ns_per_op ?? 1),
      12,
    );
    expect(compareCells(fast, result('tcp', [300]), { seed: 1 })).toMatchObject({
      p: null,
      effect: null,
    });
  });
});

describe('within blocks', () => {
  /** Two levels of the machine, which both trials of a block meet. */
  const levels = [1000, 1400, 1000, 1390, 1010, 1400, 1400, 990, 1405, 1000, 1000];
  const plain = result('pipe', levels);
  const dearer = result(
    'tcp',
    levels.map((level, i) => level * (1.05 + 0.001 * (i % 3))),
  );
  const paired = { seed: 1, paired: true };

  test('a difference is found that groups of trials hide', () => {
    expect(compareCells(plain, dearer, { seed: 1 })).toMatchObject({
      blocks: null,
      verdict: 'not separated',
    });
    const pair = compareCells(plain, dearer, paired);
    expect(pair).toMatchObject({ blocks: 11, verdict: 'faster', effect: 1 });
    expect(pair.ratio).toBeCloseTo(1.051, 9);
    expect(pair.p).toBeCloseTo(2 / 2 ** 11, 12);
    expect(pair.ci95?.[0]).toBeGreaterThan(1.045);
    expect(pair.ci95?.[1]).toBeLessThan(1.056);
    const back = compareCells(dearer, plain, paired);
    expect(back).toMatchObject({ verdict: 'slower', effect: -1 });
    expect(back.ratio).toBeCloseTo(1 / 1.051, 9);
  });

  test('trials are paired by repetition; one without a partner is left out', () => {
    const gaps: CellResult = {
      ...dearer,
      per_trial: dearer.per_trial
        .filter(({ repetition }) => repetition !== 0)
        .map((trial) => (trial.repetition === 3 ? { ...trial, median_ns: null } : trial)),
    };
    const pair = compareCells(plain, gaps, paired);
    expect(pair.blocks).toBe(9);
    expect(pair.ratio).toBeCloseTo(1.051, 9);
    expect(compareCells(result('pipe', levels.slice(0, 7)), dearer, paired).blocks).toBe(7);
  });

  test('fewer than two blocks in common are compared as groups', () => {
    const later = dearer.per_trial.map((trial) => ({
      ...trial,
      repetition: trial.repetition + 10,
    }));
    const pair = compareCells(plain, { ...dearer, per_trial: later }, paired);
    expect(pair).toMatchObject({ blocks: null, verdict: 'not separated' });
    expect(compareCells(plain, result('tcp', [5]), paired)).toMatchObject({
      blocks: null,
      verdict: 'not comparable',
    });
  });

  test('only sides that were measured in one run are paired', () => {
    const blocks = (...runs: (string | undefined)[]) =>
      compareMeasured([plain, dearer], runs).pairs[0]?.blocks;
    expect(blocks('x', 'x')).toBe(11);
    expect(blocks('x', 'y')).toBeNull();
    expect(blocks('x', undefined)).toBeNull();
    expect(blocks(undefined, undefined)).toBeNull();
    const mixed = compareMeasured([plain, plain, dearer], [undefined, 'x', 'x']);
    expect(mixed.pairs.map((pair) => pair.blocks)).toEqual([null, null, 11]);
  });
});

describe('ratioOfGroups', () => {
  test('beyond what resampling can show it is wider than the trials’ range', () => {
    const groups = [
      [100, 101, 102, 103, 104],
      [106, 107, 108, 109, 110],
    ] as const;
    const at = (level: number) =>
      ratioOfGroups(groups, { seed: 1, level }).ci95 as [number, number];
    expect(at(0.95)[0]).toBeGreaterThanOrEqual(106 / 104);
    expect(at(0.9999)[0]).toBeLessThan(106 / 104);
    expect(at(0.9999)[1]).toBeGreaterThan(110 / 100);
  });
});

describe('several pairs', () => {
  const sizes = [1, 64, 4096];
  const at = (probe: string, medians: readonly number[]) =>
    sizes.map((sizeBytes) => result(probe, medians, { sizeBytes }));

  test('have verdicts at a level by Bonferroni, and p by Holm', () => {
    const few = compareResults(at('pipe', [100, 101, 99]), at('tcp', [102.5, 103, 102]));
    expect(few.rule).toMatchObject({ pairs: 3, level: 1 - 0.05 / 3 });
    for (const { ci95, ci_verdict, p, p_adjusted, verdict } of few.pairs) {
      expect(ci_verdict?.[0]).toBeLessThan(ci95?.[0] ?? 0);
      expect(p_adjusted).toBeCloseTo(Math.min(1, 3 * (p ?? 0)), 12);
      // Separated alone, but not among three.
      expect(ci95?.[0]).toBeGreaterThan(1);
      expect(verdict).toBe('not separated');
    }
  });

  test('that cannot have an interval don’t count', () => {
    const { rule } = compareResults(
      [...at('pipe', [100, 101]), result('pipe', [5], { sizeBytes: 7 })],
      [...at('tcp', [100, 101]), result('tcp', [5, 6], { sizeBytes: 7 })],
    );
    expect(rule.pairs).toBe(3);
  });
});

describe('compareDocuments', () => {
  const pipes = documentOf([madeUpCell({ given: {}, medianNs: 5000 }, 1)]);

  test('pairs the same mechanism where both have it', () => {
    const later = documentOf(
      [madeUpCell({ given: { probe: 'tcp' }, medianNs: 900 }, 2), ...pipes.results],
      { id: '20261122T000000Z-0001' },
    );
    const { pairs, unmatched } = compareDocuments(pipes, later);
    expect(pairs).toHaveLength(1);
    expect(pairs[0]).toMatchObject({ a: { probe: 'pipe' }, b: { probe: 'pipe' } });
    expect(unmatched).toHaveLength(1);
  });

  test('pairs different mechanisms where they have none in common', () => {
    const sockets = documentOf([madeUpCell({ given: { probe: 'tcp' }, medianNs: 15000 }, 2)]);
    const { pairs } = compareDocuments(pipes, sockets);
    expect(pairs[0]).toMatchObject({ b: { probe: 'tcp' }, verdict: 'faster' });
  });

  test('says in what the two runs differ', () => {
    const elsewhere = documentOf(pipes.results, {
      id: '20261122T000000Z-0001',
      ipcbench: '0.2.0',
      host: { ...pipes.run.host, kernel: '6.12.0' },
      plan: null,
    });
    const notes = differences(origins(pipes, elsewhere)).join('\n');
    expect(notes).toContain('differ in kernel.');
    expect(notes).toContain('versions');
    expect(notes).toContain('plans');
    expect(notes).toContain('interleaved');
    expect(differences(origins(pipes, pipes))).toEqual([]);
  });
});
