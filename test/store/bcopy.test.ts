import { describe, expect, test } from 'vitest';
import { bcopyOf, type CopiedCell, copyCostNs, sourceOf } from '../../src/store/bcopy.js';
import { CALIBRATION } from '../fixtures/costs.js';
import { exampleDocument } from '../fixtures/measurements.js';

const { copies } = CALIBRATION;

describe('the cost of a copy', () => {
  test('is what was measured at a measured length', () => {
    expect(copyCostNs(copies, 1024, 'warm')).toBe(20);
    expect(copyCostNs(copies, 65_536, 'cross')).toBe(2560);
  });

  test('lies on a line of logarithms between two', () => {
    // Half way between 2^10 and 2^16 is 2^13.
    expect(copyCostNs(copies, 8192, 'warm')).toBeCloseTo(Math.sqrt(20 * 1280), 9);
    const rising = [1, 2, 3, 100, 1024, 5000, 70_000, 1e6, 2e6].map(
      (bytes) => copyCostNs(copies, bytes, 'cross') ?? Number.NaN,
    );
    expect([...rising].sort((a, b) => a - b)).toEqual(rising);
  });

  test('is the first one below, and in proportion above', () => {
    const some = copies.slice(1);
    expect(copyCostNs(some, 1, 'warm')).toBe(20);
    expect(copyCostNs(copies, 2 * 1_048_576, 'warm')).toBe(40_960);
    expect(copyCostNs(copies, 0, 'warm')).toBe(0);
  });

  test('goes on a straight line where the clock told nothing', () => {
    const blind = [
      { bytes: 1, warm_ns: 0, cross_ns: null },
      { bytes: 101, warm_ns: 10, cross_ns: null },
    ];
    expect(copyCostNs(blind, 51, 'warm')).toBe(5);
    expect(copyCostNs(blind, 51, 'cross')).toBeNull();
  });
});

describe('the floor', () => {
  const cell: CopiedCell = {
    ...{ pattern: 'echo', copies: { user: 0, kernel: 2 }, source: 'warm' },
    ...{ requestBytes: 1024, replyBytes: 1024, meanNs: 400 },
  };

  test('of a round trip counts both directions', () => {
    const floor = { copies: 4, bytes: 4096, source: 'warm', floor_ns: 80, share: 0.2 };
    expect(bcopyOf(cell, CALIBRATION)).toEqual(floor);
    const reply = { ...cell, pattern: 'rpc', replyBytes: 65_536 };
    expect(bcopyOf(reply, CALIBRATION)).toMatchObject({ copies: 4, floor_ns: 2 * 20 + 2 * 1280 });
  });

  test('of a stream counts one', () => {
    const stream = { ...cell, pattern: 'stream', replyBytes: 0 };
    expect(bcopyOf(stream, CALIBRATION)).toMatchObject({ copies: 2, bytes: 2048, floor_ns: 40 });
  });

  test('on two processors takes two copies of a message from the other one, the rest as warm', () => {
    const apart = (user: number) =>
      bcopyOf({ ...cell, source: 'cross', copies: { user, kernel: 0 } }, CALIBRATION)?.floor_ns;
    expect(apart(1)).toBe(2 * 150);
    expect(apart(2)).toBe(2 * 2 * 150);
    expect(apart(5)).toBe(2 * (2 * 150 + 3 * 20));
  });

  test('takes warm copies where nothing else was measured', () => {
    const alone = {
      ...CALIBRATION,
      copies: copies.map((copy) => ({ ...copy, cross_ns: null })),
    };
    expect(bcopyOf({ ...cell, source: 'cross' }, alone)).toMatchObject({
      source: 'warm',
      floor_ns: 80,
    });
  });

  test('is missing where nothing is copied or known, never 0', () => {
    expect(bcopyOf({ ...cell, pattern: 'connect' }, CALIBRATION)).toBeNull();
    expect(bcopyOf({ ...cell, copies: { user: 0, kernel: 0 } }, CALIBRATION)).toBeNull();
    expect(bcopyOf({ ...cell, copies: null }, CALIBRATION)).toBeNull();
    expect(bcopyOf(cell, null)).toBeNull();
    expect(bcopyOf({ ...cell, meanNs: null }, CALIBRATION)?.share).toBeNull();
  });
});

describe('where the peers were', () => {
  const free = { client_cpu: null, server_cpu: null };
  const trials = (...ends: readonly (readonly [number | null, number | null])[]) => {
    const [record] = exampleDocument().results[0]?.per_trial ?? [];
    const base = record?.usage ?? null;
    return ends.map(([client, server]) => ({
      usage: base && {
        client: { ...base.client, cpu_first: client, cpu_last: client },
        server: { ...base.server, cpu_first: server, cpu_last: server },
      },
    }));
  };

  test('bound peers are where they are bound', () => {
    expect(sourceOf({ client_cpu: 1, server_cpu: 1 }, trials([0, 1]))).toBe('warm');
    expect(sourceOf({ client_cpu: 0, server_cpu: 1 }, [])).toBe('cross');
  });

  test('others are where most windows began and ended, in doubt on one processor', () => {
    expect(sourceOf(free, trials([0, 1], [1, 0], [1, 1]))).toBe('cross');
    expect(sourceOf(free, trials([0, 1], [1, 1]))).toBe('warm');
    expect(sourceOf(free, trials([null, 1]))).toBe('warm');
    expect(sourceOf(free, [])).toBe('warm');
  });
});
