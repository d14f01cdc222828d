/** The collectors at work on real peers; each is passed over, with the reason, where it can't be. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createCollectors } from '../../src/collect/registry.js';
import { callsPerOperation } from '../../src/collect/system-calls.js';
import { ToolProcess } from '../../src/collect/tool-process.js';
import { type CollectorName, SIDES } from '../../src/collect/types.js';
import { NativeRunner } from '../../src/runner/native.js';
import { collectTrial } from '../../src/session/collect-trial.js';
import { makeOptions, makeTrial } from '../support/trial.js';

// What others leave in the folder of everybody is nothing to these tests.
const temporary = mkdtempSync(join(tmpdir(), 'ipcbench-collectors-'));
vi.stubEnv('TMPDIR', temporary);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true, force: true });
});

const collectors = createCollectors();
const runner = new NativeRunner();
const { probes } = await runner.describe();
const here = (name: string) => probes.find((probe) => probe.name === name)?.available ?? false;
const PROBES = ['pipe', 'unix-stream', 'tcp', 'sysv-msg', 'doors', 'fast-mmap-sem'].filter(here);

/** Why one of them can't be had; null = all can. */
async function lacking(...names: CollectorName[]): Promise<string | null> {
  for (const name of names) {
    const found = await collectors[name].supported();
    if (found !== null) return `${name}: ${found.reason}`;
  }
  return null;
}

async function collect(names: readonly CollectorName[], probe: string, sizeBytes = 64) {
  const collected = await collectTrial({
    ...{ runner, names, collectors, signal: new AbortController().signal },
    trial: makeTrial({ probe, sizeBytes }),
    options: makeOptions({ durationNs: 150e6, warmupNs: 20e6, timeLimitNs: 60e9 }),
  });
  if (collected.status !== 'ok') throw new Error(`${collected.status}: ${collected.reason}`);
  return collected;
}

function leftFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('ipcbench-collect-'));
}

const titled = (title: string, reason: string | null) =>
  reason === null ? title : `${title} (skipped: ${reason})`;

const LIMIT_MS = 60_000;

const counting = await lacking('strace-count', 'bpftrace');
describe.skipIf(counting !== null)(titled('strace and bpftrace', counting), () => {
  // Half of the probes at each size: a trace takes two seconds.
  it.each(PROBES.map((probe, i) => [probe, i % 2 === 0 ? 1 : 4096] as const))(
    'count the same calls of one trial, to the last one: %s, %i bytes',
    async (probe, size) => {
      const { figures } = await collect(['bpftrace', 'strace-count'], probe, size);
      expect(figures['strace-count']?.calls).toEqual(figures.bpftrace?.calls);
      expect(Object.keys(figures.bpftrace?.calls.client ?? {})).not.toEqual([]);
    },
    LIMIT_MS,
  );

  it.each(['strace-count', 'bpftrace'] as const)(
    'count one read and one write per side and round trip of a pipe: %s',
    async (name) => {
      const { figures, measurement } = await collect([name], 'pipe');
      for (const side of SIDES) {
        const counts = figures[name]?.calls[side] ?? {};
        expect(callsPerOperation(counts, side, measurement[side].ops)).toEqual({
          read: 1,
          write: 1,
        });
      }
    },
    LIMIT_MS,
  );
});

const tracing = await lacking('bpftrace');
describe.skipIf(tracing !== null)(titled('bpftrace', tracing), () => {
  it(
    'sees the window that the peers see, and the bytes that they move',
    async () => {
      const { figures, measurement } = await collect(['bpftrace'], 'unix-stream', 4096);
      for (const side of SIDES) {
        const traced = figures.bpftrace?.sides[side];
        const { wallNs, ops } = measurement[side];
        expect(Math.abs((traced?.windowNs ?? 0) / wallNs - 1)).toBeLessThan(0.02);
        expect(traced?.onNs).toBeGreaterThan(0);
        expect(traced?.copiedBytes).toMatchObject({ read: ops * 4096, write: ops * 4096 });
      }
    },
    LIMIT_MS,
  );
});

const sampling = await lacking('perf-sampling');
describe.skipIf(sampling !== null)(titled('perf', sampling), () => {
  it(
    'samples both peers in their windows, and leaves no file',
    async () => {
      const before = leftFolders();
      const { figures } = await collect(['perf-sampling'], 'unix-stream', 65536);
      for (const side of SIDES) {
        const sampled = figures['perf-sampling']?.sides[side];
        expect(sampled?.samples).toBeGreaterThan(0);
        expect(sampled?.systemNs).toBeGreaterThan(0);
        const all = (sampled?.userNs ?? 0) + (sampled?.systemNs ?? 0);
        expect((sampled?.classNs.unattributed ?? all) / all).toBeLessThan(0.2);
      }
      expect(leftFolders()).toEqual(before);
    },
    LIMIT_MS,
  );
});

describe('a collected trial', () => {
  it('that is interrupted ends what was started, within a second', async () => {
    const before = leftFolders();
    const controller = new AbortController();
    let pid: number | undefined;
    const slow = {
      ...collectors['strace-count'],
      start: async ({ signal }: { signal: AbortSignal }) => {
        const tool = new ToolProcess(['sleep', '60'], { signal });
        pid = tool.child.pid;
        setTimeout(() => controller.abort(), 50);
        return { stop: async () => (await tool.end()).stdout };
      },
    };
    const began = performance.now();
    const outcome = await collectTrial({
      ...{ runner, names: ['strace-count'], signal: controller.signal },
      collectors: { ...collectors, 'strace-count': slow },
      trial: makeTrial(),
      options: makeOptions({ durationNs: 20e9, timeLimitNs: 60e9 }),
    });
    expect(outcome.status).toBe('stopped');
    expect(performance.now() - began).toBeLessThan(2000);
    expect(() => process.kill(pid ?? Number.NaN, 0)).toThrow();
    expect(leftFolders()).toEqual(before);
  });

  it('whose collector can’t attach is a failure with the reason', async () => {
    const broken = {
      ...collectors['strace-count'],
      start: async () => {
        throw new Error('no rights');
      },
    };
    const outcome = await collectTrial({
      ...{ runner, names: ['strace-count'], signal: new AbortController().signal },
      collectors: { ...collectors, 'strace-count': broken },
      trial: makeTrial(),
      options: makeOptions(),
    });
    expect(outcome).toMatchObject({ status: 'failed' });
    expect(outcome.status === 'failed' && outcome.reason).toContain('no rights');
  });
});
