import { describe, expect, it } from 'vitest';
import { trialRecord } from '../../src/session/trial-record.js';
import { stopState } from '../../src/store/stopping.js';
import { measurement, problem } from '../fixtures/measurements.js';

const at = { index: 3, seed: 1 };
const place = (repetition: number) => ({
  pattern: 'echo',
  repetition,
  order: repetition,
  environmentBytes: 0,
});
const trials = (medians: readonly number[]) =>
  medians.map((median, i) => trialRecord(measurement([median, median, median]), place(i)));
const one = (medians: readonly number[]) => [trials(medians)];
const wide = Array.from({ length: 40 }, (_, i) => 1000 + 300 * ((i * 7) % 11));
const narrow = wide.map((ns) => 1000 + ns / 10_000);

describe('stopState', () => {
  it('without a target is a matter of counting', () => {
    const rules = { minTrials: 5, maxTrials: 5, precision: null };
    expect(stopState(one(wide.slice(0, 4)), rules, at)).toEqual({ reason: null, nextLook: 5 });
    expect(stopState(one(wide.slice(0, 5)), rules, at).reason).toBe('fixed');
  });

  it('stops at the least number of trials when they are precise', () => {
    const rules = { minTrials: 5, maxTrials: 50, precision: 0.01 };
    expect(stopState(one(narrow.slice(0, 4)), rules, at).reason).toBeNull();
    expect(stopState(one(narrow.slice(0, 5)), rules, at).reason).toBe('precision');
  });

  it('stops at the cap when they are not', () => {
    const rules = { minTrials: 5, maxTrials: 12, precision: 0.01 };
    expect(stopState(one(wide.slice(0, 11)), rules, at).reason).toBeNull();
    expect(stopState(one(wide.slice(0, 12)), rules, at).reason).toBe('max-trials');
  });

  it('looks ever more rarely, and between two looks says the same', () => {
    const rules = { minTrials: 5, maxTrials: 40, precision: 0.01 };
    const looks = new Set(wide.map((_, i) => stopState(one(wide.slice(0, i)), rules, at).nextLook));
    expect([...looks]).toEqual([5, 10, 20, 40]);
  });

  it('of several cells is about every ratio within their blocks', () => {
    const rules = { minTrials: 6, maxTrials: 40, precision: 0.01 };
    const slower = (share: number) => trials(wide.map((ns) => share * ns));
    // Each by itself is wide; what the blocks have in common cancels out.
    expect(stopState([slower(1), slower(1.3)], rules, at)).toEqual({
      reason: 'precision',
      nextLook: 6,
    });
    const shifted = trials([...wide.slice(1), 1000]);
    expect(stopState([slower(1), slower(1.3), shifted], rules, at).reason).toBe('max-trials');
    // A cell that is behind says how many blocks there are.
    expect(stopState([slower(1), slower(1.3).slice(0, 5)], rules, at)).toEqual({
      reason: null,
      nextLook: 6,
    });
  });

  it('counts the blocks in which both cells have figures', () => {
    const rules = { minTrials: 6, maxTrials: 40, precision: 0.01 };
    const failed = trialRecord(problem('failed', 'no'), place(2));
    const [a, b] = [trials(wide), trials(wide.map((ns) => 1.3 * ns)).with(2, failed)];
    expect(stopState([a.slice(0, 6), b.slice(0, 6)], rules, at).reason).toBeNull();
    expect(stopState([a, b], rules, at)).toEqual({ reason: 'precision', nextLook: 7 });
  });

  it('does not count trials without figures', () => {
    const rules = { minTrials: 5, maxTrials: 50, precision: 0.01 };
    const failed = trialRecord(problem('failed', 'no'), place(2));
    const records = trials(narrow.slice(0, 5)).with(2, failed);
    expect(stopState([records], rules, at).reason).toBeNull();
    expect(stopState([[...records, ...trials(narrow.slice(5, 6))]], rules, at).reason).toBe(
      'precision',
    );
  });
});
