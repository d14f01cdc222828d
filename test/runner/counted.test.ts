import { describe, expect, it } from 'vitest';
import { countingOptions, withCounters } from '../../src/runner/counted.js';
import { fakeMeasurement } from '../../src/runner/fake.js';
import type { CounterName, PeerCounters, TrialMeasurement } from '../../src/runner/types.js';
import { COUNTER_NAMES } from '../../src/runner/types.js';
import { problem } from '../fixtures/measurements.js';
import { makeOptions } from '../support/trial.js';

function counters(values: Partial<Record<CounterName, number>>): PeerCounters {
  const entries = COUNTER_NAMES.map((name) => [name, values[name] ?? null]);
  return { error: 2, enabledNs: 10, runningNs: 5, values: Object.fromEntries(entries) };
}

/** A trial whose sides have done so many operations, with counters. */
function trial(ops: number, counted: PeerCounters | null): TrialMeasurement {
  const measurement = fakeMeasurement(1000, 1, 1e6);
  const side = { ...measurement.client, ops, counters: counted };
  return { ...measurement, client: side, server: side };
}

describe('countingOptions', () => {
  it('counts for a short time, quietly', () => {
    const given = { onWarm: async () => {}, onProgress: () => {}, durationNs: 5e9 };
    const options = countingOptions(makeOptions(given));
    expect(options).toEqual({ ...makeOptions({ durationNs: 200e6 }), counters: true });
    expect(countingOptions(makeOptions({ durationNs: 30e6 })).durationNs).toBe(30e6);
  });

  it('can be stopped', () => {
    const { signal } = new AbortController();
    expect(countingOptions(makeOptions({ signal })).signal).toBe(signal);
  });
});

describe('withCounters', () => {
  it('scales counts to the operations of the trial', () => {
    const counted = trial(100, counters({ contextSwitches: 150, taskClockNs: 10 }));
    const outcome = withCounters(trial(1000, null), counted) as TrialMeasurement;
    for (const side of [outcome.client, outcome.server]) {
      expect(side.ops).toBe(1000);
      expect(side.counters).toEqual(counters({ contextSwitches: 1500, taskClockNs: 100 }));
    }
  });

  it('keeps the times of the trial', () => {
    const timed = trial(1000, null);
    const counted = { ...trial(100, counters({})), meanNs: 9e9 };
    expect(withCounters(timed, counted)).toMatchObject({ meanNs: timed.meanNs });
  });

  it('is a problem when the second pair has one', () => {
    expect(withCounters(trial(1, null), problem('stopped', 'x'))).toEqual(problem('stopped', 'x'));
    expect(withCounters(trial(1, null), problem('unavailable', 'no more keys', 'y'))).toEqual(
      problem('failed', 'while events were counted: no more keys', 'y'),
    );
  });
});
