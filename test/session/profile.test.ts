import { describe, expect, it } from 'vitest';
import type { CollectorName } from '../../src/collect/types.js';
import { UserError } from '../../src/errors.js';
import { probeDescriptors } from '../../src/generated/probe-index.js';
import { PROFILE_DEFAULTS } from '../../src/plan/defaults.js';
import { selectOneProbe } from '../../src/plan/select.js';
import { resolveSettings, type SettingsInput } from '../../src/plan/settings.js';
import { FakeRunner, type FakeScript, fakeProbe } from '../../src/runner/fake.js';
import { profile } from '../../src/session/profile.js';
import { meanEstimate } from '../../src/session/profile-estimate.js';
import { type FakeCollectors, fakeCollectors } from '../fixtures/collectors.js';

interface Asked {
  readonly names?: readonly CollectorName[] | null;
  readonly flags?: SettingsInput;
  readonly fakes?: FakeCollectors;
  readonly script?: FakeScript;
  readonly signal?: AbortSignal;
  readonly needsSamples?: boolean;
}

async function profiled({ names = null, flags = {}, script, ...rest }: Asked = {}) {
  const fakes = rest.fakes ?? fakeCollectors();
  const runner = new FakeRunner([fakeProbe('pipe')], script);
  const result = await profile({
    selection: { probes: [selectOneProbe('pipe', probeDescriptors)], named: new Set(['pipe']) },
    settings: resolveSettings(
      { trials: '3', duration: '100ms', ...flags },
      () => 1,
      {},
      {
        ...PROFILE_DEFAULTS,
      },
    ),
    ...{ runner, names, collectors: fakes.collectors, command: 'ipcbench profile', version: '0' },
    ...{ needsSamples: rest.needsSamples ?? false, stderr: { write: () => true } },
    signal: rest.signal ?? new AbortController().signal,
  });
  return { ...result, runner, log: fakes.log };
}

describe('a profile', () => {
  it('has plain trials, and as many with each collector that works', async () => {
    const { document, runner, log } = await profiled();
    expect(runner.seen).toHaveLength(3 * 3);
    expect(log.filter((line) => line.startsWith('start bpftrace'))).toHaveLength(3);
    expect(log.filter((line) => line === 'stop perf-sampling')).toHaveLength(3);
    expect(document.profile.collectors.map((one) => [one.collector, one.used])).toEqual([
      ['rusage', true],
      ['perf-counters', false],
      ['perf-sampling', true],
      ['bpftrace', true],
    ]);
    expect(document.cells[0]?.overhead.map(({ collector }) => collector).sort()).toEqual([
      'bpftrace',
      'perf-sampling',
    ]);
  });

  it('starts and stops one collector after the other', async () => {
    const { log } = await profiled();
    for (let i = 0; i < log.length; i += 2) {
      expect(log[i]?.replace(/start (\S+) .*/, 'stop $1')).toBe(log[i + 1]);
    }
  });

  it('splits elapsed time into parts that add up to it', async () => {
    const { document } = await profiled();
    const [cell] = document.cells;
    expect(cell?.elapsed_ns).toBeGreaterThan(0);
    for (const side of Object.values(cell?.sides ?? {})) {
      expect(side.sum_share).toBeCloseTo(1, 1);
      const of = (name: string) => side.parts.find(({ part }) => part === name)?.share ?? 0;
      // Half of the window by getrusage, of which 30 of 50 ms of samples.
      expect(of('scheduler') / side.sum_share).toBeCloseTo(0.3);
      // 20 of the 50 ms that tracing saw off the processor.
      expect(of('wake-up') / side.sum_share).toBeCloseTo(0.2);
      expect(of('idle') / side.sum_share).toBeCloseTo(0.3);
      expect(side.unattributed_share).toBeCloseTo(0.02);
      expect(side.sample_coverage).toBeCloseTo(1);
    }
  });

  it('counts what a side is charged before it runs as its way there', async () => {
    const { document } = await profiled({ flags: { duration: '200ms' } });
    const [cell] = document.cells;
    const of = (name: string) =>
      (cell?.sides?.client.parts.find(({ part }) => part === name)?.share ?? 0) /
      (cell?.sides?.client.sum_share ?? 1);
    // Samples of 50 ms, 100 of 200 ms by getrusage: 50 ms at least are on the way.
    expect(of('scheduler')).toBeCloseTo(30 / 200);
    expect(of('wake-up')).toBeCloseTo(Math.max(50, 0.4 * 150) / 200);
    expect(of('idle')).toBeCloseTo((150 - 60) / 200);
    expect(cell?.sides?.client.sample_coverage).toBeCloseTo(0.5);
  });

  it('shares out the processor time where samples come to more', async () => {
    const { document } = await profiled({ flags: { duration: '50ms' } });
    const client = document.cells[0]?.sides?.client;
    const of = (name: string) => client?.parts.find(({ part }) => part === name)?.share ?? 0;
    // Samples of 50 ms, 30 of them scheduler; 25 of 50 ms by getrusage.
    expect(client?.sample_coverage).toBeCloseTo(2);
    expect(client?.sum_share).toBeCloseTo(1, 1);
    expect(of('scheduler') / (client?.sum_share ?? 1)).toBeCloseTo((30 / 50) * (25 / 50));
  });

  it('without samples knows user, system and the rest', async () => {
    const { document } = await profiled({ names: ['rusage'] });
    const { parts, sample_coverage } = document.cells[0]?.sides?.client ?? {};
    expect(parts?.map(({ part }) => part)).toEqual(['user', 'system', 'idle']);
    expect(sample_coverage).toBeNull();
  });

  it('says what is missing, and stops for what was asked for by name', async () => {
    const lacking = { reason: 'no such thing', remedy: 'buy one' };
    const fakes = fakeCollectors({ bpftrace: lacking });
    const { document } = await profiled({ fakes });
    expect(document.profile.collectors.at(-1)).toMatchObject({ used: false, ...lacking });
    await expect(profiled({ fakes, names: ['bpftrace'] })).rejects.toThrow(UserError);
  });

  it('that needs samples is refused before anything is measured', async () => {
    const asked = { names: ['rusage'] as const, needsSamples: true };
    await expect(profiled(asked)).rejects.toThrow('no samples');
  });

  it('counts system calls per operation by each source', async () => {
    const { document } = await profiled({ names: ['strace-count', 'bpftrace'] });
    const rows = document.cells[0]?.sides?.server.system_calls ?? [];
    expect(rows.map(({ call }) => call)).toEqual(['read']);
    expect(rows[0]?.by_strace).toBe(rows[0]?.by_bpftrace);
    expect(rows[0]?.by_strace).toBeGreaterThan(0);
  });

  it('folds stacks by cell and side', async () => {
    const { stacks } = await profiled();
    expect([...stacks.keys()]).toEqual([
      'pipe echo 1 free block;client;main;read;tcp_ack_[k]',
      'pipe echo 1 free block;server;main;read;tcp_ack_[k]',
    ]);
  });

  it('a cell that fails has its reason, and is not tried again', async () => {
    const failed = { status: 'failed', reason: 'broken', remedy: null } as const;
    const { document, runner } = await profiled({ script: () => failed });
    expect(document.cells[0]).toMatchObject({ status: 'failed', sides: null });
    expect(document.cells[0]?.reason).toContain('broken');
    expect(runner.seen).toHaveLength(1);
  });

  it('what a collector can’t make sense of is a failure with its name', async () => {
    const fakes = fakeCollectors();
    const collectors = {
      ...fakes.collectors,
      bpftrace: {
        ...fakes.collectors.bpftrace,
        parse: () => {
          throw new Error('not mine');
        },
      },
    };
    const { document } = await profiled({ fakes: { ...fakes, collectors } });
    expect(document.cells[0]).toMatchObject({ status: 'failed', reason: 'bpftrace: not mine' });
  });

  it('that is interrupted keeps what it has', async () => {
    const controller = new AbortController();
    const script: FakeScript = (_, index) => {
      if (index === 4) controller.abort();
      return 1000;
    };
    const { document, runner } = await profiled({ script, signal: controller.signal });
    expect(document.profile.complete).toBe(false);
    expect(document.cells[0]?.status).toBe('ok');
    expect(runner.seen).toHaveLength(5);
  });
});

describe('a mean over trials', () => {
  it('has Student’s interval', () => {
    // t(0.975, 4) = 2.776, standard error sqrt(2.5 / 5)
    const { value, ci95 } = meanEstimate([1, 2, 3, 4, 5]);
    expect(value).toBe(3);
    expect(ci95?.[0]).toBeCloseTo(3 - 2.776 * Math.sqrt(0.5), 3);
  });

  it('of one has none', () => expect(meanEstimate([7])).toEqual({ value: 7, ci95: null }));
});
