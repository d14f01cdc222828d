import { describe, expect, test } from 'vitest';
import { mergeResults } from '../../src/session/results-merge.js';
import { documentOf, madeUpCell } from '../fixtures/measurements.js';

const identity = { id: '20261201T000000Z-0000', command: 'ipcbench results merge a b' };
const pipe = (seed: number) => madeUpCell({ given: {}, medianNs: 5000 }, seed);
const a = documentOf([pipe(1)], { id: '20261121T000000Z-0001' });
const tcp = madeUpCell({ given: { probe: 'tcp' }, medianNs: 9000 }, 3);
const b = documentOf([pipe(2), tcp], { id: '20261122T000000Z-0002' });

describe('mergeResults', () => {
  test('pools the trials of equal cells and keeps the others', () => {
    const merged = mergeResults([a, b], identity);
    expect(merged.results.map(({ probe }) => probe)).toEqual(['pipe', 'tcp']);
    const [cell] = merged.results;
    const [one, two] = [a.results[0], b.results[0]];
    expect(cell?.trials).toBe((one?.trials ?? 0) + (two?.trials ?? 0));
    expect(cell?.per_trial.map(({ repetition }) => repetition)).toEqual(
      Array.from({ length: cell?.trials ?? 0 }, (_, i) => i),
    );
    const ops = (which: typeof one) => which?.usage?.client.ops ?? 0;
    expect(ops(cell)).toBe(ops(one) + ops(two));
    expect(cell?.rtt_ns?.max).toBe(Math.max(one?.rtt_ns?.max ?? 0, two?.rtt_ns?.max ?? 0));
    expect(merged.results[1]).toEqual(tcp);
  });

  test('says which runs it is of, and in what the hosts differ', () => {
    const elsewhere = { ...b, run: { ...b.run, host: { ...b.run.host, kernel: 'other' } } };
    const { run } = mergeResults([a, elsewhere], identity);
    expect(run.host).toMatchObject({
      merged_runs: [a.run.id, b.run.id],
      merged_differences: expect.arrayContaining(['kernel']),
    });
    expect(run.host.kernel).toBeUndefined();
    expect(run.host.cpu_model).toEqual(a.run.host.cpu_model);
    expect(run.id).toBe(identity.id);
  });

  test('is incomplete when one of them is', () => {
    const cut = { ...b, run: { ...b.run, complete: false } };
    expect(mergeResults([a, cut], identity).run.complete).toBe(false);
  });

  test('refuses one result, and a run given twice, also within a merged one', () => {
    expect(() => mergeResults([a], identity)).toThrow(/two results or more/);
    expect(() => mergeResults([a, a], identity)).toThrow(/given twice/);
    expect(() => mergeResults([mergeResults([a, b], identity), a], identity)).toThrow(
      /given twice/,
    );
  });
});
