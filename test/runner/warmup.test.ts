import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { probeDescriptors } from '../../src/generated/probe-index.js';
import { NO_PARAMETERS } from '../../src/plan/parameters.js';
import type { Cell } from '../../src/plan/types.js';
import { NativeRunner } from '../../src/runner/native.js';
import type { PeerPids, TrialMeasurement } from '../../src/runner/types.js';
import { holdWarmup } from '../../src/runner/warmup.js';
import { PlayedPage } from '../support/page.js';
import { makeOptions, makeTrial } from '../support/trial.js';

const HELD_MS = 120;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const monotonicNs = () => Number(process.hrtime.bigint());
const commandOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');

const load = { ...NO_PARAMETERS, rate: 2000, arrivals: 'poisson' as const };
const fast = probeDescriptors.find(({ preload }) => preload !== undefined)?.name ?? '';

const CELLS: readonly (readonly [string, Partial<Cell>])[] = [
  ['echo', {}],
  ['echo on one processor', { clientCpu: 0, serverCpu: 0 }],
  ['rpc', { pattern: 'rpc', parameters: { ...NO_PARAMETERS, replyBytes: 64, serviceNs: 500 } }],
  ['stream, which the server times', { pattern: 'stream', sizeBytes: 4096 }],
  ['stream with acknowledgements', { probe: 'shm-ring', pattern: 'stream', sizeBytes: 64 }],
  ['load', { pattern: 'load', parameters: load }],
  ['connect', { probe: 'unix-stream', pattern: 'connect' }],
  ['calls', { probe: 'doors' }],
  ['calls of several threads', { probe: 'doors', options: { threads: '4' } }],
  ['connections of calls', { probe: 'doors', pattern: 'connect' }],
  ['a preloaded library', { probe: fast }],
];

describe('a trial that is held in its warm-up', () => {
  it.each(CELLS)('begins its window when it is released: %s', async (_, cell) => {
    const seen: { pids: PeerPids; released: number }[] = [];
    const onWarm = async (pids: PeerPids) => {
      expect(commandOf(pids.client)[1]).toBe('client');
      expect(commandOf(pids.server)[1]).toBe('server');
      await sleep(HELD_MS);
      seen.push({ pids, released: monotonicNs() });
    };
    const outcome = await new NativeRunner().run(makeTrial(cell), makeOptions({ onWarm }));
    expect(outcome).toMatchObject({ status: 'ok' });
    expect(seen).toHaveLength(1);
    const { client, server } = outcome as TrialMeasurement;
    const { pids, released } = seen[0] as (typeof seen)[0];
    expect({ client: client.pid, server: server.pid }).toEqual(pids);
    for (const { beginNs, endNs } of [client, server]) {
      expect(beginNs).toBeGreaterThan(released);
      expect(endNs).toBeGreaterThan(beginNs ?? Number.NaN);
    }
  });

  it('has a time limit that does not count the hold', async () => {
    const options = makeOptions({ timeLimitNs: 1e9, onWarm: () => sleep(1500) });
    expect(await new NativeRunner().run(makeTrial(), options)).toMatchObject({ status: 'ok' });
  });

  it('keeps its time limit after the release', async () => {
    const options = makeOptions({ durationNs: 30e9, timeLimitNs: 0.5e9, onWarm: () => sleep(50) });
    expect(await new NativeRunner().run(makeTrial(), options)).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('not finished within 0.5 s'),
    });
  });

  it('does not begin when it can not be released', async () => {
    const onWarm = async () => {
      throw new Error('the collector did not attach');
    };
    expect(await new NativeRunner().run(makeTrial(), makeOptions({ onWarm }))).toEqual({
      status: 'failed',
      reason: 'the collector did not attach',
      remedy: null,
    });
  });

  it('ends at once when it is aborted', async () => {
    const abort = new AbortController();
    let aborted = 0;
    const onWarm = async () => {
      aborted = performance.now();
      abort.abort();
      await new Promise(() => {});
    };
    const options = makeOptions({ onWarm, signal: abort.signal, timeLimitNs: 60e9 });
    expect(await new NativeRunner().run(makeTrial(), options)).toMatchObject({ status: 'stopped' });
    expect(performance.now() - aborted).toBeLessThan(1000);
  });

  it.each(['client', 'server'] as const)('ends when its %s dies', async (victim) => {
    let killed = 0;
    const onWarm = async (pids: PeerPids) => {
      killed = performance.now();
      process.kill(pids[victim], 'SIGKILL');
      await new Promise(() => {});
    };
    const options = makeOptions({ onWarm, timeLimitNs: 60e9 });
    expect(await new NativeRunner().run(makeTrial(), options)).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining(`the ${victim} (process`),
    });
    expect(performance.now() - killed).toBeLessThan(1000);
  });

  it('is left alone when its peers do not get that far', async () => {
    const trial = makeTrial({ options: { nothing: '1' } });
    let called = false;
    const onWarm = async () => {
      called = true;
    };
    const outcome = await new NativeRunner().run(trial, makeOptions({ onWarm }));
    expect(outcome.status).toBe('unavailable');
    expect(called).toBe(false);
  });
});

describe('holdWarmup', () => {
  const noActions = { held: () => {}, released: () => {}, failed: () => {} };
  const warm = () =>
    new PlayedPage()
      .set({ phase: 3, progress_ops: 1, hold: 1 })
      .usage('client', { pid: 12 })
      .usage('server', { pid: 11 });
  const isHeld = ({ buffer }: PlayedPage) => new Uint32Array(buffer, 68, 1)[0] === 1;

  it('waits for the warm-up, and for the first operation in it', async () => {
    const played = warm().set({ phase: 2 });
    const seen: PeerPids[] = [];
    const end = holdWarmup(played.page, async (pids) => void seen.push(pids), noActions);
    await sleep(30);
    played.set({ phase: 3, progress_ops: 0 });
    await sleep(30);
    expect(seen).toEqual([]);
    played.set({ progress_ops: 1 });
    await sleep(30);
    end();
    expect(seen).toEqual([{ client: 12, server: 11 }]);
    expect(isHeld(played)).toBe(false);
  });

  it('does not touch the page of a trial that has ended', async () => {
    const played = warm();
    let settle = () => {};
    const onWarm = () =>
      new Promise<void>((resolve) => {
        settle = resolve;
      });
    const end = holdWarmup(played.page, onWarm, noActions);
    await sleep(30);
    end();
    settle();
    await sleep(10);
    expect(isHeld(played)).toBe(true);
  });

  it('says what was thrown, whatever it was', async () => {
    const reasons: string[] = [];
    const onWarm = () => {
      throw 'no error object';
    };
    const end = holdWarmup(warm().page, onWarm, {
      ...noActions,
      failed: (reason) => reasons.push(reason),
    });
    await sleep(30);
    end();
    expect(reasons).toEqual(['no error object']);
  });
});
