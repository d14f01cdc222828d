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

const pair = (clientCpu: number | null, serverCpu: number | null) => ({ clientCpu, serverCpu });
const places: Record<Placement, PlacementResolution> = {
  free: { pairs: [pair(null, null)] },
  'same-core': { pairs: [pair(0, 0)] },
  'two-cores': { pairs: [pair(0, 1)] },
  smt: { reason: 'it takes two hyper-threads of one core' },
  'two-sockets': { reason: 'it takes two sockets' },
  all: { pairs: [pair(0, 0), pair(0, 1), pair(1, 0), pair(1, 1)] },
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
    ['a pattern', { patterns: [] }, {}, 'pattern echo does not apply to sysv-msg', null],
    ['an option', {}, { sndbuf: '4k' }, 'option sndbuf does not apply to sysv-msg', null],
    [
      'too large a reply',
      { sizeMax: 8192 },
      { pattern: 'rpc', 'reply-size': '64k' },
      'the largest size here is 8k',
      null,
    ],
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

  it('refuses the one placement that was asked for when the machine lacks it', () => {
    expect(() => plan(['pipe'], { placement: 'smt' })).toThrow(
      'Placement smt is not available: it takes two hyper-threads of one core.',
    );
  });

  it('has a row for a placement of a list that the machine lacks', () => {
    const { cells, trials } = plan(['pipe'], { size: '1', placement: 'free,two-sockets' });
    expect(cells.map((cell) => [cell.probe, cell.placement, cell.unavailable])).toEqual([
      ['pipe', 'free', null],
      [
        'pipe',
        'two-sockets',
        { reason: 'placement two-sockets: it takes two sockets', remedy: null },
      ],
      ['null', 'free', null],
    ]);
    expect(trials).toHaveLength(2 * 5);
  });

  it('has a cell for each pair of processors for all', () => {
    const { cells } = plan(['pipe'], { size: '1', placement: 'all' });
    expect(cells.slice(0, -1).map((cell) => [cell.clientCpu, cell.serverCpu])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    expect(cells.every((cell) => cell.placement === 'all')).toBe(true);
  });

  it('multiplies sizes and parameters of each pattern, and no others', () => {
    const { cells } = plan(['tcp'], {
      pattern: 'echo,stream,connect,load',
      size: '1,4k',
      window: '1,8,64',
      backlog: '1,128',
      rate: '100,1k',
    });
    const of = (pattern: string) => cells.filter((cell) => cell.pattern === pattern);
    expect(of('stream')).toHaveLength(2 * 3);
    expect(of('connect').map((cell) => [cell.sizeBytes, cell.parameters.backlog])).toEqual([
      [1, 1],
      [1, 128],
    ]);
    expect(of('load').map((cell) => cell.parameters.rate)).toEqual([100, 1000, 100, 1000]);
    // Two sizes of tcp and the harness.
    expect(of('echo')).toHaveLength(3);
    expect(of('echo').every((cell) => cell.parameters.window === null)).toBe(true);
  });

  it('multiplies the options that a probe takes; the others make one row', () => {
    const native = [fakeProbe('pipe', { options: ['chunk'] }), fakeProbe('tcp')];
    const { cells } = plan(['pipe', 'tcp'], { size: '1', chunk: '1,2', ready: 'none' }, native);
    expect(cells.map(({ probe, options, unavailable }) => [probe, options, unavailable])).toEqual([
      ['pipe', { chunk: '1' }, null],
      ['pipe', { chunk: '2' }, null],
      ['tcp', { chunk: '1,2' }, { reason: 'option chunk does not apply to tcp', remedy: null }],
    ]);
  });

  it('keeps the plain cell of a list that holds none', () => {
    const native = [fakeProbe('futex')];
    const { cells } = plan(['futex'], { size: '1', ready: 'none,poll,epoll' }, native);
    expect(cells.map(({ options, unavailable }) => [options, unavailable?.reason])).toEqual([
      [{}, undefined],
      [{ ready: 'poll,epoll' }, 'option ready does not apply to futex'],
    ]);
  });

  describe('for a probe that was named itself', () => {
    const named = (input: SettingsInput, native: readonly NativeProbe[]) =>
      buildPlan({
        probes: selectProbes(['pipe', 'tcp'], probeDescriptors),
        named: new Set(['pipe']),
        settings: resolveSettings({ seed: '7', ...input }, () => 0),
        native,
        resolvePlacement: (placement) => places[placement],
      });
    const native = [fakeProbe('pipe', { patterns: ['echo', 'stream'] }), fakeProbe('tcp')];

    it('refuses a pattern that it does not have', () => {
      expect(() => named({ pattern: 'connect' }, native)).toThrow(
        expect.objectContaining({
          message: 'Pattern connect does not apply to pipe.',
          nextSteps: expect.arrayContaining(['Its patterns are echo, stream.']),
        }),
      );
    });

    it('refuses an option that it does not take', () => {
      expect(() => named({ calls: 'send-recv' }, native)).toThrow(UserError);
      const taking = [fakeProbe('pipe', { options: ['calls'] }), fakeProbe('tcp')];
      expect(named({ calls: 'send-recv', size: '1' }, taking).cells).toHaveLength(2);
    });

    it('has rows where it has others of the list', () => {
      const { cells } = named({ pattern: 'echo,connect', size: '1' }, native);
      expect(cells.map((cell) => cell.unavailable?.reason ?? 'ok')).toEqual([
        'ok',
        'pattern connect does not apply to pipe',
        'ok',
        'ok',
      ]);
    });
  });

  it('refuses more than can be carried out, and says how much it is', () => {
    expect(() => plan(['pipe'], { size: '1', trials: '10000' })).not.toThrow();
    expect(() => plan(['pipe', 'tcp'], { size: '1', trials: '10000' })).toThrow(
      /^The plan has 30000 trials; at most 20000/,
    );
    const input = { pattern: 'stream', size: '1..1m', window: '1..1048576', trials: '1' };
    const native = [fakeProbe('pipe', { options: ['chunk'] })];
    expect(() => plan(['pipe'], { ...input, chunk: '1..64m' }, native)).not.toThrow();
    expect(() => plan(['pipe'], { ...input, chunk: '1..64m', wait: 'block,spin' }, native)).toThrow(
      /^The plan has 23814 cells; at most 20000/,
    );
  });

  it('gives slow servers time', () => {
    const quick = plan(['pipe'], { pattern: 'rpc' }).timeLimitNs;
    const slow = plan(['pipe'], { pattern: 'rpc', 'service-time': '1ms,30s' }).timeLimitNs;
    expect(slow - quick).toBeGreaterThan(60e9);
  });

  it('measures the harness where the null probe cannot be a row', () => {
    const native = [fakeProbe('null', { patterns: ['echo'] }), fakeProbe('pipe')];
    const { cells, harness } = plan(['null', 'pipe'], { pattern: 'stream', size: '1' }, native);
    expect(cells.map((cell) => [cell.probe, cell.pattern, cell.unavailable === null])).toEqual([
      ['null', 'stream', false],
      ['pipe', 'stream', true],
      ['null', 'echo', true],
    ]);
    expect(harness).toEqual({ cell: 2, shown: false });
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
    const all = plan(['socketpair', 'tcp', 'unix-stream', 'sysv-msg'], { size: '1,64k' }, [
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

  it('puts those that will be compared next to each other, in an order that varies', () => {
    const { cells } = plan(['pipe', 'tcp'], { size: '1,64,4k,64k' });
    const trials = interleave(cells, 30, 7)
      .map(({ cell }) => cell)
      .filter(({ probe }) => probe !== 'null');
    const orders = new Set<string>();
    for (let i = 0; i < trials.length; i += 2) {
      const [first, second] = trials.slice(i, i + 2);
      expect(second?.sizeBytes).toBe(first?.sizeBytes);
      expect(second?.probe).not.toBe(first?.probe);
      orders.add(`${first?.probe} ${first?.sizeBytes}`);
    }
    expect(orders.size).toBe(8);
  });

  it('gives each trial an environment of its own, up to a page, from the seed', () => {
    const { cells } = plan(['pipe', 'tcp']);
    const bytes = (seed: number) => interleave(cells, 40, seed).map((it) => it.environmentBytes);
    expect(bytes(3)).toEqual(bytes(3));
    expect(bytes(3)).not.toEqual(bytes(4));
    expect(Math.min(...bytes(3))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...bytes(3))).toBeLessThanOrEqual(4096);
    expect(Math.max(...bytes(3)) - Math.min(...bytes(3))).toBeGreaterThan(3000);
  });
});

describe('a plan with a target precision', () => {
  const input = { size: '1', precision: '1%', trials: '5', 'max-trials': '20' };

  it('has every block that may be needed, the harness alone only the least', () => {
    const { trials, harness, minTrials, trialsPerCell } = plan(['pipe', 'tcp'], input);
    expect([minTrials, trialsPerCell]).toEqual([5, 20]);
    const ofHarness = trials.filter((it) => it.cell.index === harness?.cell);
    expect([trials.length, ofHarness.length]).toEqual([45, 5]);
  });

  it('has the null probe to the end where it was asked for', () => {
    expect(plan(['null', 'pipe'], input).trials).toHaveLength(40);
  });

  it('may have more trials than a fixed one, but not without bound', () => {
    const many = { size: '1..1m', precision: '1%', 'max-trials': '2000' };
    expect(plan(['pipe'], many).trials.length).toBeGreaterThan(20_000);
    expect(() => plan(['pipe', 'tcp', 'udp', 'fifo', 'vmsplice'], many)).toThrow(
      /possible trials; at most 200000/,
    );
  });
});
