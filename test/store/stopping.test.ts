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
const wide = Array.from({ length: 40 }, (_, i) => 1000 + 300 * ((i * 7) % 11));
const narrow = wide.map((ns) => 1000 + ns / 10_000);

describe('stopState', () => {
  it('without a target is a matter of counting', () => {
    const rules = { minTrials: 5, maxTrials: 5, precision: null };
    expect(stopState(trials(wide.slice(0, 4)), rules, at)).toEqual({ reason: null, nextLook: 5 });
    expect(stopState(trials(wide.slice(0, 5)), rules, at).reason).toBe('fixed');
  });

  it('stops at the least number of trials when they are precise', () => {
    const rules = { minTrials: 5, maxTrials: 50, precision: 0.01 };
    expect(stopState(trials(narrow.slice(0, 4)), rules, at).reason).toBeNull();
    expect(stopState(trials(narrow.slice(0, 5)), rules, at).reason).toBe('precision');
  });

  it('stops at the cap when they are not', () => {
    const rules = { minTrials: 5, maxTrials: 12, precision: 0.01 };
    expect(stopState(trials(wide.slice(0, 11)), rules, at).reason).toBeNull();
    expect(stopState(trials(wide.slice(0, 12)), rules, at).reason).toBe('max-trials');
  });

  it('looks ever more rarely, and between two looks says the same', () => {
    const rules = { minTrials: 5, maxTrials: 40, precision: 0.01 };
    const looks = new Set(
      wide.map((_, i) => stopState(trials(wide.slice(0, i)), rules, at).nextLook),
    );
    expect([...looks]).toEqual([5, 10, 20, 40]);
  });

  it('does not count trials without figures', () => {
    const rules = { minTrials: 5, maxTrials: 50, precision: 0.01 };
    const failed = trialRecord(problem('failed', 'no'), place(2));
    const records = trials(narrow.slice(0, 5)).with(2, failed);
    expect(stopState(records, rules, at).reason).toBeNull();
    expect(stopState([...records, ...trials(narrow.slice(5, 6))], rules, at).reason).toBe(
      'precision',
    );
  });
});
