import { expect, test } from 'vitest';
import { buffersOfTrials } from '../../src/store/buffers.js';
import type { BuffersRecord } from '../../src/store/schema.js';

const one: BuffersRecord = {
  ...{ buffer_bytes: 100, peak: 3, peak_bytes: 300, mean: 1, mean_bytes: 100, sampled_mean: 2 },
  ...{ holdings: 10, holding_ns: 50, span_ns: 1000, waits: 1, failures: 2, overflows: 3 },
};

test('peaks are the largest, means are weighted by time, the rest are sums', () => {
  const longer = { ...one, peak: 5, mean: 4, holdings: 30, holding_ns: 90, span_ns: 3000 };
  expect(buffersOfTrials([{ buffers: one }, { buffers: longer }])).toEqual({
    ...{ buffer_bytes: 100, peak: 5, peak_bytes: 500, mean: 3.25, mean_bytes: 325 },
    ...{ sampled_mean: 2, holdings: 40, holding_ns: 80, span_ns: 4000 },
    ...{ waits: 2, failures: 4, overflows: 6 },
  });
});

test('are null unless every trial has them', () => {
  expect(buffersOfTrials([])).toBeNull();
  expect(buffersOfTrials([{ buffers: one }, { buffers: null }])).toBeNull();
});

test('a holding time that one trial lacks is null', () => {
  const untimed = { ...one, holding_ns: null };
  expect(buffersOfTrials([{ buffers: one }, { buffers: untimed }])?.holding_ns).toBeNull();
});
