import { describe, expect, it } from 'vitest';
import { resolvePlacement } from '../../src/host/placement.js';
import type { Topology } from '../../src/host/topology.js';

const machine = (
  ...processors: [cpu: number, core: string | null, socket?: number | null][]
): Topology => ({
  processors: processors.map(([cpu, core, socket = 0]) => ({ cpu, core, package: socket })),
});
const pair = (clientCpu: number | null, serverCpu: number | null) => ({
  pairs: [{ clientCpu, serverCpu }],
});

describe('resolvePlacement', () => {
  const two = machine([0, '0:0'], [1, '0:1']);
  const siblings = machine([0, '0:0'], [1, '0:1'], [2, '0:0'], [3, '0:1']);

  it('leaves the scheduler free', () => {
    expect(resolvePlacement('free', two)).toEqual(pair(null, null));
  });

  it('puts both on the first processor', () => {
    expect(resolvePlacement('same-core', machine([3, '0:3'], [5, '0:5']))).toEqual(pair(3, 3));
  });

  it('puts them on two cores, never on siblings', () => {
    expect(resolvePlacement('two-cores', two)).toEqual(pair(0, 1));
    expect(resolvePlacement('two-cores', siblings)).toEqual(pair(2, 3));
  });

  it('puts them on two hyper-threads of one core', () => {
    expect(resolvePlacement('smt', siblings)).toEqual(pair(1, 3));
    const one = machine([0, '0:0'], [1, '0:0'], [2, '0:1']);
    expect(resolvePlacement('smt', one)).toEqual(pair(0, 1));
  });

  it('puts them on two sockets', () => {
    const sockets = machine([0, '0:0', 0], [1, '0:1', 0], [2, '1:0', 1], [3, '1:1', 1]);
    expect(resolvePlacement('two-sockets', sockets)).toEqual(pair(1, 3));
  });

  it('goes through every ordered pair for all', () => {
    expect(resolvePlacement('all', two)).toEqual({
      pairs: [
        { clientCpu: 0, serverCpu: 0 },
        { clientCpu: 0, serverCpu: 1 },
        { clientCpu: 1, serverCpu: 0 },
        { clientCpu: 1, serverCpu: 1 },
      ],
    });
    const many = machine(...Array.from({ length: 65 }, (_, i): [number, string] => [i, `0:${i}`]));
    expect(resolvePlacement('all', many)).toEqual({
      reason: expect.stringMatching(/^65 processors make too many pairs/),
    });
  });

  it.each([
    [
      'smt' as const,
      two,
      'it takes two hyper-threads of one core, and processors 0, 1 are cores of their own',
    ],
    ['smt' as const, machine([0, null], [1, null]), /does not say which processors share a core/],
    ['two-sockets' as const, two, 'it takes two sockets, and processors 0, 1 are in one'],
    ['two-sockets' as const, machine([0, '0:0']), /only processor 0 may be used/],
    ['two-sockets' as const, machine([0, '?:0', null], [1, '?:1', null]), /share a socket/],
    ['all' as const, machine(), 'the allowed processors are unknown'],
  ])('says why there is no %s', (placement, topology, reason) => {
    expect(resolvePlacement(placement, topology)).toEqual({
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
  });

  it.each([
    ['one processor', machine([4, '0:4']), 'it takes two cores, and only processor 4 may be used'],
    [
      'one core',
      machine([0, '0:0'], [1, '0:0']),
      'it takes two cores, and processors 0, 1 share one',
    ],
    [
      'unknown cores',
      machine([0, null], [1, null]),
      'the kernel does not say which processors share a core',
    ],
    ['nothing known', machine(), 'the allowed processors are unknown'],
  ])('says why not: %s', (_, topology, reason) => {
    expect(resolvePlacement('two-cores', topology)).toEqual({ reason });
  });
});
