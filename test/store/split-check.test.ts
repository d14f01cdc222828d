import { expect, test } from 'vitest';
import type { PeerCounters } from '../../src/runner/types.js';
import type { CellResult } from '../../src/store/schema.js';
import { splitDoubts } from '../../src/store/split-check.js';
import { hardwareCounters, softwareCounters } from '../fixtures/costs.js';
import { madeUpCell, usage } from '../fixtures/measurements.js';

const TICK_US = 4000;
const TRIALS = 5;
/** Of one trial: 100 ms in user mode, 300 ms in the kernel. */
const CPU_NS = 400e6;

/** Five trials of a second, a quarter of whose processor time is user time by getrusage. */
function cellWith(counters: PeerCounters | null): CellResult {
  const peer = { ...usage(100_000, 1e9, 0.1), counters };
  return madeUpCell({ given: {}, medianNs: 1000, trial: { client: peer, server: peer } }, 1);
}

test('what agrees within the resolution is no doubt', () => {
  expect(splitDoubts(cellWith(hardwareCounters(CPU_NS, 0.25)), TICK_US)).toEqual([]);
  // 500 samples of a quarter have a standard error of 2 %.
  expect(splitDoubts(cellWith(hardwareCounters(CPU_NS, 0.28)), TICK_US)).toEqual([]);
});

test('a split beyond it is one, for each peer', () => {
  const doubts = splitDoubts(cellWith(hardwareCounters(CPU_NS, 0.4)), TICK_US);
  expect(doubts.map(({ peer, kind }) => [peer, kind])).toEqual([
    ['client', 'share'],
    ['server', 'share'],
  ]);
  expect(doubts[0]).toMatchObject({ getrusage: 0.25, counters: 0.4 });
  expect(doubts[0]?.resolution).toBeLessThan(0.05);
});

test('a coarser tick tells less', () => {
  const cell = cellWith(hardwareCounters(CPU_NS, 0.4));
  expect(splitDoubts(cell, TICK_US)).not.toEqual([]);
  expect(splitDoubts(cell, 1000 * TICK_US)).toEqual([]);
});

test('without hardware counters the sums are held against each other', () => {
  const within = (TRIALS * TICK_US * 1000 * 0.9) / TRIALS;
  expect(splitDoubts(cellWith(softwareCounters(CPU_NS + within)), TICK_US)).toEqual([]);
  const [doubt] = splitDoubts(cellWith(softwareCounters(CPU_NS + 1.2 * within)), TICK_US);
  expect(doubt).toMatchObject({ kind: 'sum', resolution: TRIALS * TICK_US });
  // Switching tasks is in getrusage's figures only.
  expect(splitDoubts(cellWith(softwareCounters(CPU_NS / 2)), TICK_US)).toEqual([]);
});

test('what was not measured contradicts nothing', () => {
  expect(splitDoubts(cellWith(null), TICK_US)).toEqual([]);
  expect(splitDoubts({ ...cellWith(hardwareCounters(CPU_NS, 0.9)), usage: null }, TICK_US)).toEqual(
    [],
  );
});
