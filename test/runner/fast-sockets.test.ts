import { describe, expect, it } from 'vitest';
import { probeDescriptors } from '../../src/generated/probe-index.js';
import { fakeMeasurement, fakeProbe } from '../../src/runner/fake.js';
import {
  carriedTrial,
  peerEnvironment,
  preloadedProbes,
  provenOutcome,
} from '../../src/runner/fast-sockets.js';
import { makeStats } from '../support/speed-stats.js';
import { makeTrial } from '../support/trial.js';

describe('preloaded probes', () => {
  const tcp = fakeProbe('tcp', { waits: ['block'], options: ['calls'] });
  const away = { available: false, reason: 'no doors', remedy: 'fetch some' };
  const probesOf = (doors = {}, problem: { reason: string; remedy: string } | null = null) =>
    preloadedProbes([tcp, fakeProbe('doors', doors)], probeDescriptors, problem);
  const names = ['fast-doors', 'fast-mmap-doors', 'fast-mmap-sem', 'fast-sockets'];

  it('offer what the carried one offers', () => {
    const probes = probesOf();
    expect(probes.map(({ name }) => name)).toEqual(names);
    expect(probes[0]).toEqual({ ...tcp, name: 'fast-doors' });
    expect(probes[3]?.options).toEqual(['calls', 'transport']);
  });

  it('are not available without the library', () => {
    for (const probe of probesOf({}, { reason: 'not built', remedy: 'build it' })) {
      expect(probe).toMatchObject({ available: false, reason: 'not built', remedy: 'build it' });
    }
  });

  it('need doors where they are carried by them', () => {
    expect(probesOf(away).map(({ available }) => available)).toEqual([false, false, true, true]);
    expect(probesOf(away)[0]).toMatchObject({ reason: 'doors: no doors', remedy: 'fetch some' });
  });

  it('are none where the carried one is not compiled', () => {
    expect(preloadedProbes([], probeDescriptors, null)).toEqual([]);
  });
});

it('a trial is carried out with the peers of the other probe', () => {
  const trial = makeTrial({ probe: 'fast-sockets', options: { transport: 'doors', calls: 'x' } });
  const carried = carriedTrial(trial, { probe: 'tcp', transport: null });
  expect(carried.cell).toEqual({ ...trial.cell, probe: 'tcp', options: { calls: 'x' } });
});

describe('the environment of the peers', () => {
  const added = { library: '/f.so', stats: '/s', env: { LD_PRELOAD: '/a.so' } };

  it.each([
    ['doors' as const, {}, ['FASTSOCK_TRANSPORT=doors']],
    [null, { transport: 'mmap-sem' }, ['FASTSOCK_TRANSPORT=mmap-sem']],
    [null, {}, []],
  ])('transport %s, options %j', (transport, options, expected) => {
    const words = peerEnvironment({ options }, { probe: 'tcp', transport }, added);
    expect(words).toEqual(['LD_PRELOAD=/f.so:/a.so', 'FASTSOCK_STATS=/s', ...expected]);
  });
});

describe('provenOutcome', () => {
  const outcome = fakeMeasurement(1000, 64, 1e6);
  const { ops } = outcome;
  const trial = makeTrial({ probe: 'fast-mmap-sem' });
  const both = (changes = {}) => [makeStats({ pid: 2, ...changes }), makeStats({ pid: 1 })];
  const bytes = { ring_sent: 10, ring_received: 1e9, kernel_sent: 1e9, kernel_received: 0 };

  it('adds what the library did, the server being the first that was started', () => {
    const proven = provenOutcome(outcome, trial, both({ wakeups_sent: 3 }));
    if (proven.status !== 'ok') throw new Error(proven.reason);
    expect(proven.fastSockets?.client).toMatchObject({ accelerated: 1, wakeupsSent: 3 });
    expect(proven.fastSockets?.server).toMatchObject({ ringSentBytes: 1e9, wakeupsSent: 7 });
  });

  it.each([
    [{ accelerated: 0, passed: { 'other user': 4 } }, /passed through: other user \(4\)/],
    [{ retreated: { splice: 1 } }, /the client's went back: splice \(1\)/],
    [{ bytes }, new RegExp(`the client sent ${ops * 64} .* only 10 and`)],
  ])('has no figures of what was not carried: %j', (changes, reason) => {
    expect(provenOutcome(outcome, trial, both(changes))).toEqual({
      status: 'failed',
      reason: expect.stringMatching(reason),
      remedy: null,
    });
  });

  it('has none when a peer said nothing', () => {
    const silent = provenOutcome(outcome, trial, [makeStats()]);
    expect(silent).toMatchObject({ status: 'failed', reason: expect.stringMatching(/1 of the 2/) });
  });

  it('wants no connection refused where they are what is measured', () => {
    const connecting = makeTrial({ probe: 'fast-mmap-sem', pattern: 'connect' });
    const idle = { ...outcome.client, bytesSent: 0, bytesReceived: 0 };
    const measured = { ...outcome, client: idle, server: idle };
    const stats = (passed: Record<string, number>) =>
      [1, 2].map((pid) => makeStats({ pid, accelerated: 0, passed }));
    expect(provenOutcome(measured, connecting, stats({})).status).toBe('ok');
    expect(provenOutcome(measured, connecting, stats({ 'too short': 9 })).status).toBe('ok');
    expect(provenOutcome(measured, connecting, stats({ remote: 1 })).status).toBe('failed');
  });

  it('leaves a trial without figures as it is', () => {
    const failed = { status: 'failed', reason: 'it broke', remedy: null } as const;
    expect(provenOutcome(failed, trial, [])).toBe(failed);
  });
});
