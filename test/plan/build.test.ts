import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { probeDescriptors } from '../../src/generated/probe-index.js';
import type { PlacementResolution } from '../../src/host/placement.js';
import { buildPlan, interleave } from '../../src/plan/build.js';
import { selectProbes } from '../../src/plan/select.js';
import { resolveSettings, type SettingsInput } from '../../src/plan/settings.js';
import type { Placement } from '../../src/plan/types.js';
import { fakeProbe } from '../../src/runner/fake.js';
import type { NativeProbe } from '../../src/runner/types.js';

const places: Record<Placement, PlacementResolution> = {
  free: { clientCpu: null, serverCpu: null },
  'same-core': { clientCpu: 0, serverCpu: 0 },
  'two-cores': { clientCpu: 0, serverCpu: 1 },
};

function plan(
  names: readonly string[],
  input: SettingsInput = {},
  native: readonly NativeProbe[] = probeDescriptors.map((probe) => fakeProbe(probe.name)),
  resolvePlacement = (placement: Placement) => places[placement],
) {
  return buildPlan({
    probes: selectProbes(names, probeDescriptors),
    settings: resolveSettings({ seed: '7', ...input }, () => 0),
    native,
    resolvePlacement,
  });
}

describe('buildPlan', () => {
  it('has a cell for each combination, and the harness’s own', () => {
    const { cells, harness } = plan(['pipe', 'tcp'], {
      size: '1,4k',
      placement: 'free,two-cores',
      wait: 'block,spin',
    });
    expect(cells).toHaveLength(2 * 2 * 2 * 2 + 1);
    expect(cells.map((cell) => cell.index)).toEqual(cells.map((_, i) => i));
    expect(harness).toEqual({ cell: 16, shown: false });
    expect(cells[16]).toMatchObject({ probe: 'null', sizeBytes: 1 });
    expect(cells.find((cell) => cell.placement === 'two-cores')).toMatchObject({
      clientCpu: 0,
      serverCpu: 1,
    });
  });

  it('shows the null probe where it was asked for, once whatever the sizes', () => {
    const { cells, harness } = plan(['null'], { size: '1,4k,64k' });
    expect(cells).toHaveLength(1);
    expect(harness).toEqual({ cell: 0, shown: true });
  });

  it('measures the harness with a wait policy that the null probe has', () => {
    const native = [fakeProbe('pipe'), fakeProbe('null', { waits: ['block'] })];
    const { cells } = plan(['pipe'], { wait: 'spin' }, native);
    expect(cells.map((cell) => [cell.probe, cell.wait, cell.unavailable])).toEqual([
      ['pipe', 'spin', null],
      ['pipe', 'spin', null],
      ['pipe', 'spin', null],
      ['null', 'block', null],
    ]);
  });

  it('does without the null probe when it is not compiled', () => {
    expect(plan(['pipe'], {}, [fakeProbe('pipe')]).harness).toBeNull();
  });

  it.each<[string, Partial<NativeProbe>, SettingsInput, string, string | null]>([
    ['not available', { available: false, reason: 'no', remedy: 'do' }, {}, 'no', 'do'],
    ['a wait', { waits: ['block'] }, { wait: 'spin' }, 'has no wait policy spin, only block', null],
    ['a pattern', { patterns: [] }, {}, 'has no pattern echo', null],
    ['too small', { sizeMin: 8 }, { size: '1' }, 'the smallest size is 8', null],
    [
      'too large',
      { sizeMax: 8192, reason: 'kernel.msgmax is 8192 bytes', remedy: 'sysctl' },
      { size: '64k' },
      'the largest size here is 8k: kernel.msgmax is 8192 bytes',
      'sysctl',
    ],
  ])('says why a cell is not available: %s', (_, changes, input, reason, remedy) => {
    const { cells, trials } = plan(['sysv-msg'], input, [fakeProbe('sysv-msg', changes)]);
    expect(cells[0]?.unavailable).toEqual({ reason, remedy });
    expect(trials.filter((trial) => trial.cell.index === 0)).toEqual([]);
  });

  it('says so when a probe has no native part', () => {
    expect(plan(['pipe'], {}, []).cells[0]?.unavailable?.reason).toMatch(/not compiled/);
  });

  it('refuses a placement that the machine lacks', () => {
    const one = () => ({ reason: 'it takes two cores' });
    expect(() => plan(['pipe'], { placement: 'two-cores' }, undefined, one)).toThrow(UserError);
  });

  it('is the same for the same seed, and another for another', () => {
    const order = (seed: string) =>
      plan(['sockets', 'pipe'], { seed }).trials.map((trial) => trial.cell.index);
    expect(order('1')).toEqual(order('1'));
    expect(order('1')).not.toEqual(order('2'));
  });

  it('is frozen', () => {
    const made = plan(['pipe']);
    expect(Object.isFrozen(made)).toBe(true);
    expect(Object.isFrozen(made.cells[0])).toBe(true);
  });
});

describe('interleave', () => {
  it('makes blocks that hold every available cell once', () => {
    const all = plan(['sockets', 'sysv-msg'], { size: '1,64k' }, [
      ...['socketpair', 'tcp', 'unix-stream', 'null'].map((name) => fakeProbe(name)),
      fakeProbe('sysv-msg', { sizeMax: 8192 }),
    ]).cells;
    const available = all.filter((cell) => cell.unavailable === null).map((cell) => cell.index);
    expect(available).not.toHaveLength(all.length);
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 6 }), (seed, repetitions) => {
        const trials = interleave(all, repetitions, seed);
        expect(trials).toHaveLength(available.length * repetitions);
        for (let block = 0; block < repetitions; block++) {
          const part = trials.slice(block * available.length, (block + 1) * available.length);
          expect(part.every((trial) => trial.repetition === block)).toBe(true);
          expect(part.map((trial) => trial.cell.index).sort((a, b) => a - b)).toEqual(available);
        }
      }),
    );
  });
});
