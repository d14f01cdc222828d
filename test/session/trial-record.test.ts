import { expect, test } from 'vitest';
import { trialRecord } from '../../src/session/trial-record.js';
import { trialSchema } from '../../src/store/schema.js';
import { hardwareCounters } from '../fixtures/costs.js';
import { measurement, problem, serviceTimes, usage } from '../fixtures/measurements.js';

const place = { pattern: 'echo', repetition: 2, order: 7, environmentBytes: 99 };

test('a trial with figures is what the schema says', () => {
  const record = trialRecord(measurement([5, 6, 7], { service: serviceTimes([4, 5, 6]) }), place);
  expect(trialSchema.safeParse(record).error).toBeUndefined();
  expect(record).toMatchObject({ repetition: 2, order: 7, status: 'ok', median_ns: 6 });
});

test('without figures every field is null', () => {
  const record = trialRecord(problem('failed', 'no', 'do this'), place);
  expect(trialSchema.safeParse(record).error).toBeUndefined();
  const { repetition, order, status, reason, remedy, environment_bytes, ...figures } = record;
  expect(environment_bytes).toBe(99);
  expect([repetition, order, status, reason, remedy]).toEqual([2, 7, 'failed', 'no', 'do this']);
  expect(new Set(Object.values(figures))).toEqual(new Set([null]));
});

test('samples that rise throughout are a drift', () => {
  const rising = Array.from({ length: 500 }, (_, i) => 1000 + 4 * i);
  const level = rising.map((_, i) => 1000 + (i % 3));
  const verdict = (samples: number[]) => trialRecord(measurement(samples), place).steadiness;
  expect(verdict(rising)).toMatchObject({ verdict: 'drifting', steady_from_tenth: null });
  expect(verdict(rising)?.slope_per_tenth).toBeCloseTo(0.1, 1);
  expect(verdict(level)).toMatchObject({ verdict: 'steady', steady_from_tenth: 0 });
  expect(verdict([1, 2, 3])).toBeNull();
});

test('a window belongs to a stream only', () => {
  const trial = measurement([5], { streamWindow: 0 });
  expect(trialRecord(trial, { ...place, pattern: 'stream' }).stream_window).toBe(0);
  expect(trialRecord(trial, place).stream_window).toBeNull();
});

test('counters are kept where both peers have them', () => {
  const counting = { ...usage(5, 1000), counters: hardwareCounters(400, 0.25) };
  const both = trialRecord(measurement([5], { client: counting, server: counting }), place);
  expect(trialSchema.safeParse(both).error).toBeUndefined();
  expect(both.counters?.client).toMatchObject({ cycles_user: 300, cycles_kernel: 900, error: 0 });
  expect(trialRecord(measurement([5], { client: counting }), place).counters).toBeNull();
});
