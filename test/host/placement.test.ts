import { describe, expect, it } from 'vitest';
import { resolvePlacement } from '../../src/host/placement.js';
import type { Topology } from '../../src/host/topology.js';

const machine = (...processors: [cpu: number, core: string | null][]): Topology => ({
  processors: processors.map(([cpu, core]) => ({ cpu, core, package: 0 })),
});

describe('resolvePlacement', () => {
  const two = machine([0, '0:0'], [1, '0:1']);
  const siblings = machine([0, '0:0'], [1, '0:1'], [2, '0:0'], [3, '0:1']);

  it('leaves the scheduler free', () => {
    expect(resolvePlacement('free', two)).toEqual({ clientCpu: null, serverCpu: null });
  });

  it('puts both on the first processor', () => {
    expect(resolvePlacement('same-core', machine([3, '0:3'], [5, '0:5']))).toEqual({
      clientCpu: 3,
      serverCpu: 3,
    });
  });

  it('puts them on two cores, never on siblings', () => {
    expect(resolvePlacement('two-cores', two)).toEqual({ clientCpu: 0, serverCpu: 1 });
    expect(resolvePlacement('two-cores', siblings)).toEqual({ clientCpu: 2, serverCpu: 3 });
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
