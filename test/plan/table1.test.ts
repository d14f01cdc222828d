import { describe, expect, it } from 'vitest';
import { probeDescriptors } from '../../src/generated/probe-index.js';
import { buildPlan } from '../../src/plan/build.js';
import { resolveSettings } from '../../src/plan/settings.js';
import { layOutTable1, nearestWait, selectTable1, TABLE1_SETTINGS } from '../../src/plan/table1.js';
import { fakeProbe } from '../../src/runner/fake.js';
import type { NativeProbe } from '../../src/runner/types.js';
import { FAKE_PROBES } from '../support/plan.js';

function planOf(changes: readonly NativeProbe[] = []) {
  const native = FAKE_PROBES.map((probe) => changes.find((it) => it.name === probe.name) ?? probe);
  const rows = layOutTable1('tcp', native);
  const plan = buildPlan({
    ...selectTable1(rows, probeDescriptors),
    settings: resolveSettings({ ...TABLE1_SETTINGS, seed: '1', quick: true }, () => 0),
    native,
    resolvePlacement: (placement) =>
      placement === 'two-cores' ? { pairs: [{ clientCpu: 0, serverCpu: 1 }] } : { reason: 'none' },
  });
  const shown = plan.cells.filter(({ index }) => index !== plan.harness?.cell);
  return { plan, cells: shown.map((cell) => `${cell.probe} ${cell.placement} ${cell.wait}`) };
}

describe('the plan of Table 1', () => {
  it('has each mechanism in each column and nothing else, one byte', () => {
    const { plan, cells } = planOf();
    expect(cells).toHaveLength(15);
    expect(cells.slice(0, 4)).toEqual([
      'doors two-cores adaptive',
      'doors two-cores block',
      'doors same-core block',
      'sysv-sem two-cores adaptive',
    ]);
    expect(new Set(plan.cells.map(({ sizeBytes }) => sizeBytes))).toEqual(new Set([1]));
    expect(plan.trialsPerCell).toBe(3);
  });

  it('measures once what stands in two columns', () => {
    const { cells } = planOf([fakeProbe('onc-rpc-tcp', { waits: ['block'] })]);
    expect(cells.filter((cell) => cell.startsWith('onc-rpc'))).toEqual([
      'onc-rpc-tcp two-cores block',
      'onc-rpc-tcp same-core block',
    ]);
  });

  it('has cells that say why for a placement that the machine lacks', () => {
    const { plan } = planOf();
    const lacking = plan.cells.filter(({ placement }) => placement === 'same-core');
    expect(lacking.map(({ unavailable }) => unavailable?.reason)).toEqual(
      Array(5).fill('placement same-core: none'),
    );
  });

  it('goes on without a probe that was not compiled', () => {
    const rows = layOutTable1('udp', []);
    expect(rows.map(({ probe }) => probe)).toContain('onc-rpc-udp');
    expect(rows[0]?.waits).toEqual(['adaptive', 'block', 'block']);
  });
});

describe('the nearest wait policy', () => {
  it.each([
    ['adaptive', ['block', 'spin', 'adaptive'], 'adaptive'],
    ['adaptive', ['block', 'spin'], 'spin'],
    ['adaptive', ['block'], 'block'],
    ['block', ['spin', 'adaptive'], 'adaptive'],
    ['spin', ['block', 'adaptive'], 'adaptive'],
    ['block', [], 'block'],
  ] as const)('to %s among %j is %s', (wanted, offered, nearest) => {
    expect(nearestWait(wanted, offered)).toBe(nearest);
  });
});
