import { describe, expect, test } from 'vitest';
import { aggregateCell } from '../../src/session/aggregate.js';
import { planAdvice } from '../../src/session/plan-advice.js';
import { normalDeviate } from '../../src/stats/deviates.js';
import { createRandom } from '../../src/stats/random.js';
import type { CellResult, ResultDocument } from '../../src/store/schema.js';
import { cell, documentOf, exampleDocument, measurement } from '../fixtures/measurements.js';

const WINDOW_NS = 500e6;
const TENTH_SAMPLES = 21;

/**
 * A cell whose trials differ by one share and whose tenths by another. The samples of a tenth are
 * alike, so that its median is what was drawn.
 */
function scattered(between: number, within: number, trials = 40): CellResult {
  const random = createRandom(3);
  const outcomes = Array.from({ length: trials }, () => {
    const level = 10_000 * (1 + between * normalDeviate(random));
    const samples = Array.from({ length: 10 }, () => {
      const tenth = level * (1 + within * normalDeviate(random));
      return Array<number>(TENTH_SAMPLES).fill(tenth);
    });
    return measurement(samples.flat(), { windowNs: WINDOW_NS });
  });
  return aggregateCell(cell(), outcomes, { trials, seed: 1 });
}

/** A run that took so long per trial beyond the windows. */
function run(cells: readonly CellResult[], overheadNs: number): ResultDocument {
  const trials = cells.flatMap(({ per_trial }) => per_trial);
  const started = Date.parse('2026-11-21T03:15:00.000Z');
  const ended = started + (trials.length * (WINDOW_NS + overheadNs)) / 1e6;
  return documentOf(cells, { ended: new Date(ended).toISOString() });
}

const advise = (found: CellResult, overheadNs: number, precision = 0.01) =>
  planAdvice(run([found], overheadNs), { precision }).cells[0];

describe('planAdvice', () => {
  test('finds how trials and tenths scatter', () => {
    const advice = advise(scattered(0.03, 0.05), 200e6);
    expect(advice?.trials).toBe(40);
    expect(Math.abs((advice?.between_trials ?? 0) - 0.03)).toBeLessThan(0.012);
    expect(Math.abs((advice?.within_trial ?? 0) - 0.05)).toBeLessThan(0.01);
  });

  test('trials that differ want short windows and many trials', () => {
    const advice = advise(scattered(0.05, 0.005), 200e6);
    expect(advice?.advised?.window_ns).toBeLessThan(WINDOW_NS / 2);
    expect(advice?.advised?.time_ns).toBeLessThan(0.9 * (advice?.as_measured?.time_ns ?? 0));
    expect(advice?.advised?.trials).toBeGreaterThan(50);
  });

  test('trials that don’t differ, dear to start, want long windows', () => {
    const advice = advise(scattered(0, 0.1), 5e9);
    expect(advice?.advised?.window_ns).toBeGreaterThan(2 * WINDOW_NS);
    expect(advice?.advised?.window_ns).toBeLessThanOrEqual(10 * WINDOW_NS);
    expect(advice?.advised?.trials).toBeLessThan(advice?.as_measured?.trials ?? 0);
  });

  test('a window that is about right stays', () => {
    // sqrt(c2 / c1 · T1² / T2²) = sqrt(500/50 · 10) = 10 tenths.
    const advice = advise(scattered(0.02, 0.02 * Math.sqrt(10)), 500e6);
    expect(advice?.advised).toEqual(advice?.as_measured);
  });

  test('twice the precision wants about four times the trials', () => {
    const found = scattered(0.05, 0.05);
    const [coarse, fine] = [0.02, 0.01].map((it) => advise(found, 1e8, it)?.as_measured?.trials);
    expect((fine ?? 0) / (coarse ?? 1)).toBeGreaterThan(3.5);
    expect((fine ?? 0) / (coarse ?? 1)).toBeLessThan(4.2);
    expect(advise(found, 1e8, 0.5)?.as_measured?.trials).toBe(5);
    expect(advise(found, 1e8, 0.0001)?.as_measured).toMatchObject({ trials: null, time_ns: null });
  });

  test('costs are of the run, of the caller, or assumed', () => {
    const found = scattered(0.02, 0.02, 6);
    const document = run([found], 3e8);
    const overhead = (from: ResultDocument, startUpNs?: number) => {
      const asked = startUpNs === undefined ? {} : { startUpNs };
      const { overhead_ns, overhead_from } = planAdvice(from, { precision: 0.01, ...asked });
      return [overhead_ns, overhead_from];
    };
    expect(overhead(document)).toEqual([3e8, 'run']);
    // The plan's warm-up is 100 ms.
    expect(overhead(document, 5e6)).toEqual([105e6, 'asked']);
    const interrupted = documentOf([found], { ended: null, complete: false });
    expect(overhead(interrupted)).toEqual([160e6, 'assumed']);
    expect(overhead(documentOf([found]))[1]).toBe('run');
    expect(overhead(documentOf([]))).toEqual([160e6, 'assumed']);
  });

  test('says why there is none', () => {
    const { cells } = planAdvice(exampleDocument(), { precision: 0.01 });
    const reasons = new Map(cells.map(({ probe, reason }) => [probe, reason]));
    expect(reasons.get('futex')).toMatch(/one trial/);
    expect(reasons.get('sysv-msg')).toBe('a message is at most 8192 bytes');
    const short = aggregateCell(cell(), [measurement([1, 2, 3]), measurement([1, 2, 3])], {
      trials: 2,
      seed: 1,
    });
    expect(advise(short, 1e8)?.advised).toBeNull();
    expect(advise(short, 1e8)?.reason).toMatch(/no tenths/);
  });
});
