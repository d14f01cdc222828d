import { describe, expect, it } from 'vitest';
import { reproduceTable1, type Table1Order } from '../../src/session/table1.js';
import { KEPT, type Medians, published, rows, table1Run } from '../fixtures/table1.js';

const reproduce = (medians: Medians, options = {}) =>
  reproduceTable1(table1Run(medians, options), rows, published);
const orderOf = (medians: Medians, column: number, options = {}) =>
  reproduce(medians, options).columns[column]?.order as Table1Order;
const names = (pairs: Table1Order['reversed']) =>
  pairs.map(({ faster, slower }) => `${faster} ${slower}`);

describe('reproduceTable1', () => {
  const table = reproduce(KEPT);

  it('has the published figures, from the fastest to the slowest', () => {
    expect(table.rows.map(({ probe, published_us: us }) => [probe, us])).toEqual([
      ['doors', 66],
      ['sysv-sem', 142],
      ['pipe', 175],
      ['sysv-msg', 270],
      ['onc-rpc-tcp', 1020],
    ]);
    expect(table.rows[1]?.published_ratio).toBeCloseTo(142 / 66, 9);
  });

  it('has each column’s medians with intervals, and ratios to its own doors', () => {
    const [doors, semaphores] = table.rows;
    expect(doors?.measured.map(({ median_ns }) => (median_ns ?? 0) / 1000)).toEqual([
      expect.closeTo(0.19, 2),
      expect.closeTo(10, 0),
      expect.closeTo(5, 0),
    ]);
    expect(doors?.measured.map(({ ratio }) => ratio)).toEqual([1, 1, 1]);
    for (const [i, ratio] of [1.478 / 0.19, 2.5, 2.4].entries()) {
      const entry = semaphores?.measured[i];
      expect((entry?.ratio ?? 0) / ratio).toBeCloseTo(1, 1);
      expect(entry?.ratio_ci95?.[0]).toBeLessThanOrEqual(entry?.ratio ?? 0);
      expect(entry?.ratio_ci95?.[1]).toBeGreaterThanOrEqual(entry?.ratio ?? 0);
      expect(entry?.ci95_ns).not.toBeNull();
    }
  });

  it('uses one measurement twice where a policy is not offered', () => {
    const [adaptive, block] = table.rows[4]?.measured ?? [];
    expect(adaptive).toMatchObject({ wait: 'block', median_ns: block?.median_ns });
    expect(table.rows[0]?.measured.map(({ wait }) => wait)).toEqual(['adaptive', 'block', 'block']);
  });
});

describe('the order', () => {
  it('is kept where every pair is separated and as published', () => {
    expect(orderOf(KEPT, 0)).toEqual({ verdict: 'kept', reversed: [], undecided: [], missing: [] });
  });

  it('is not kept where a pair is separated the other way round, adjacent or not', () => {
    const order = orderOf({ ...KEPT, 'sysv-msg': [0.1, 50, 25] }, 0);
    expect(order.verdict).toBe('not kept');
    expect(names(order.reversed)).toEqual(['doors sysv-msg', 'sysv-sem sysv-msg', 'pipe sysv-msg']);
    expect(order.reversed[0]?.ratio).toBeCloseTo(0.1 / 0.19, 1);
    expect(orderOf({ ...KEPT, 'sysv-msg': [0.1, 50, 25] }, 1).verdict).toBe('kept');
  });

  it('is undecided at a tie, whichever median is smaller', () => {
    for (const semaphores of [31.9, 32.1]) {
      const order = orderOf({ ...KEPT, 'sysv-sem': [1.478, semaphores, 12] }, 1, { spread: 0.1 });
      expect(order).toMatchObject({ verdict: 'undecided', reversed: [] });
      expect(names(order.undecided)).toEqual(['sysv-sem pipe']);
    }
  });

  it('is not kept though another pair ties', () => {
    const medians = { ...KEPT, pipe: [2.3, 25, 15], 'onc-rpc-tcp': [1, 9, 90] };
    const order = orderOf(medians, 1, { spread: 0.02 });
    expect(order.verdict).toBe('not kept');
    expect(names(order.undecided)).toContain('sysv-sem pipe');
  });

  it('is undecided with one trial, which has no interval', () => {
    const order = orderOf(KEPT, 0, { trials: 1 });
    expect(order.verdict).toBe('undecided');
    expect(order.undecided).toHaveLength(10);
    expect(order.undecided.every(({ ci95 }) => ci95 === null)).toBe(true);
  });

  it('is that of the others where one is missing', () => {
    const order = orderOf({ ...KEPT, doors: ['no', 'no', 'no'] }, 2);
    expect(order).toMatchObject({ verdict: 'kept', missing: ['doors'] });
  });

  it('is not measured where less than two are there', () => {
    const nothing = Object.fromEntries(Object.keys(KEPT).map((name) => [name, ['no', 'no', 5]]));
    expect(orderOf(nothing, 0)).toMatchObject({ verdict: 'not measured', undecided: [] });
    const one = { ...nothing, pipe: [5, 5, 5] };
    expect(orderOf(one, 0)).toMatchObject({
      verdict: 'not measured',
      missing: ['doors', 'sysv-sem', 'sysv-msg', 'onc-rpc-tcp'],
    });
  });
});

describe('a ratio', () => {
  const answers = (medians: Medians, column: number, options = {}) =>
    reproduce(medians, options).rows.map(({ measured }) => measured[column]?.at_least_published);

  it('is at least the published one, below it, or neither', () => {
    const medians = { ...KEPT, 'sysv-sem': [1, 10 * (142 / 66), 12], pipe: [2, 20, 15] };
    expect(answers(medians, 1, { spread: 0.05 })).toEqual([null, 'undecided', 'no', 'yes', 'yes']);
  });

  it('is undecided without an interval', () => {
    expect(answers(KEPT, 0, { trials: 1 })).toEqual([
      null,
      ...Array.from({ length: 4 }, () => 'undecided'),
    ]);
  });

  it('needs doors, and its own figures', () => {
    expect(answers({ ...KEPT, doors: [0.19, 'no', 5] }, 1)).toEqual(Array(5).fill(null));
    const away = reproduce({ ...KEPT, pipe: ['no', 32, 15] }).rows[2]?.measured;
    expect(away?.[0]).toMatchObject({
      status: 'unavailable',
      reason: 'no',
      median_ns: null,
      ratio: null,
      at_least_published: null,
    });
    expect(away?.[1]?.at_least_published).toBe('yes');
  });
});

it('an interrupted run says of the cells that it lacks that it was', () => {
  const document = table1Run(KEPT);
  const results = document.results.filter(
    ({ probe, wait }) => probe !== 'doors' || wait !== 'adaptive',
  );
  const table = reproduceTable1({ ...document, results }, rows, published);
  expect(table.rows[0]?.measured[0]).toMatchObject({
    wait: 'adaptive',
    status: 'failed',
    reason: 'the run was interrupted before it',
  });
  expect(table.columns[0]?.order.missing).toEqual(['doors']);
});
