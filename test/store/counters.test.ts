import { expect, test } from 'vitest';
import { sumCounters } from '../../src/store/counters.js';
import type { CountersRecord } from '../../src/store/schema.js';

function counted(given: Partial<CountersRecord>): CountersRecord {
  return {
    ...{ error: 0, enabled_ns: 100, running_ns: 50 },
    ...{ cycles_user: 10, cycles_kernel: 20, instructions_user: 1, instructions_kernel: 2 },
    ...{ cache_references: 3, cache_misses: 4, dtlb_load_misses: 5, branch_misses: 6 },
    ...{ task_clock_ns: 7, page_faults_user: 8, page_faults_kernel: 9, context_switches: 10 },
    ...given,
  };
}

test('trials add up, and what one lacks has no sum', () => {
  const trial = (given: Partial<CountersRecord> = {}) => ({
    counters: { client: counted(given), server: counted({}) },
  });
  const sum = sumCounters([trial(), trial({ cycles_user: null, error: 2 })]);
  expect(sum?.client).toMatchObject({ error: 2, cycles_user: null, cycles_kernel: 40 });
  expect(sum?.client).toMatchObject({ enabled_ns: 200, running_ns: 100 });
  expect(sum?.server).toMatchObject({ error: 0, cycles_user: 20 });
});

test('a cell without counters, or with some only, has none', () => {
  const some = { counters: { client: counted({}), server: counted({}) } };
  expect(sumCounters([])).toBeNull();
  expect(sumCounters([{ counters: null }])).toBeNull();
  expect(sumCounters([some, { counters: null }])).toBeNull();
});
