import { expect, test } from 'vitest';
import type { CellResult } from '../../src/store/schema.js';
import { timeShares } from '../../src/store/time-shares.js';
import { madeUpCell, measurement, usage } from '../fixtures/measurements.js';

const SAMPLES = Array.from({ length: 400 }, () => 1000);

/** Round trips of 1 µs; each peer has `share` of it as user and three times that as system time. */
function cellWith(share: number, cpus: readonly [number, number], given: object = {}): CellResult {
  const trial = measurement(SAMPLES);
  const peer = usage(trial.ops, trial.windowNs, share);
  return madeUpCell(
    {
      given: { clientCpu: cpus[0], serverCpu: cpus[1], ...given },
      medianNs: 1000,
      trial: { ...trial, client: peer, server: peer },
    },
    1,
  );
}

test('on one processor user, system and other add up to the time', () => {
  const shares = timeShares(cellWith(0.1, [0, 0]));
  expect(shares?.user).toBeCloseTo(0.2, 9);
  expect(shares?.system).toBeCloseTo(0.6, 9);
  expect(shares?.other.least).toBeCloseTo(0.2, 9);
  expect(shares?.other.most).toBe(shares?.other.least);
});

test('on two they may run at once: other has bounds', () => {
  const { other } = timeShares(cellWith(0.1, [0, 1])) ?? {};
  expect(other?.least).toBeCloseTo(0.2, 9);
  expect(other?.most).toBeCloseTo(0.6, 9);
});

test('two that run all the time leave nothing', () => {
  expect(timeShares(cellWith(0.25, [0, 1]))?.other).toEqual({ least: 0, most: 0 });
});

test('where operations overlap or wait to be due there are no shares', () => {
  expect(timeShares({ ...cellWith(0.1, [0, 0]), clients: 2 })).toBeNull();
  expect(timeShares({ ...cellWith(0.1, [0, 0]), pattern: 'load' })).toBeNull();
  expect(timeShares({ ...cellWith(0.1, [0, 0]), usage: null })).toBeNull();
});
