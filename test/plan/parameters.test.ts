import { describe, expect, it } from 'vitest';
import {
  combineParameters,
  NO_PARAMETERS,
  PATTERNS,
  type ParameterLists,
} from '../../src/plan/parameters.js';

const lists: ParameterLists = {
  replyBytes: [1, 64],
  serviceNs: [null],
  rate: [100, 200, 300],
  arrivals: ['even', 'poisson'],
  window: [1, 2],
  backlog: [16],
};

describe('combineParameters', () => {
  it.each([
    ['echo', 1],
    ['stream', 2],
    ['connect', 1],
    ['rpc', 2],
    ['load', 2 * 3 * 2],
  ] as const)('multiplies only what belongs to %s', (pattern, count) => {
    const combined = combineParameters(pattern, lists);
    expect(combined).toHaveLength(count);
    expect(new Set(combined.map((one) => JSON.stringify(one))).size).toBe(count);
  });

  it('leaves the others null', () => {
    expect(combineParameters('echo', lists)).toEqual([NO_PARAMETERS]);
    expect(combineParameters('stream', lists)[1]).toEqual({ ...NO_PARAMETERS, window: 2 });
    expect(combineParameters('connect', lists)).toEqual([{ ...NO_PARAMETERS, backlog: 16 }]);
  });

  it('knows every pattern', () => {
    for (const pattern of PATTERNS) {
      expect(combineParameters(pattern, lists).length).toBeGreaterThan(0);
    }
  });
});
