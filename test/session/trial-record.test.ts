import { expect, test } from 'vitest';
import { trialRecord } from '../../src/session/trial-record.js';
import { trialSchema } from '../../src/store/schema.js';
import { measurement, problem, serviceTimes } from '../fixtures/measurements.js';

const place = { pattern: 'echo', repetition: 2, order: 7 };

test('a trial with figures is what the schema says', () => {
  const record = trialRecord(measurement([5, 6, 7], { service: serviceTimes([4, 5, 6]) }), place);
  expect(trialSchema.safeParse(record).error).toBeUndefined();
  expect(record).toMatchObject({ repetition: 2, order: 7, status: 'ok', median_ns: 6 });
});

test('without figures every field is null', () => {
  const record = trialRecord(problem('failed', 'no', 'do this'), place);
  expect(trialSchema.safeParse(record).error).toBeUndefined();
  const { repetition, order, status, reason, remedy, ...figures } = record;
  expect([repetition, order, status, reason, remedy]).toEqual([2, 7, 'failed', 'no', 'do this']);
  expect(new Set(Object.values(figures))).toEqual(new Set([null]));
});

test('a window belongs to a stream only', () => {
  const trial = measurement([5], { streamWindow: 0 });
  expect(trialRecord(trial, { ...place, pattern: 'stream' }).stream_window).toBe(0);
  expect(trialRecord(trial, place).stream_window).toBeNull();
});
