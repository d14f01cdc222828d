/**
 * The options of probe doors, carried out by the native pair: what they make of an operation, and
 * that several threads are counted and timed as such.
 */
import { describe, expect, it } from 'vitest';
import { NativeRunner } from '../../src/runner/native.js';
import type { TrialMeasurement } from '../../src/runner/types.js';
import { makeOptions, makeTrial } from '../support/trial.js';

const runner = new NativeRunner();
const { probes } = await runner.describe();
const doors = probes.find(({ name }) => name === 'doors');
const unavailable = doors?.available ? null : (doors?.reason ?? 'doors is not compiled');
const skipped = unavailable === null ? '' : ` (skipped: ${unavailable})`;

const SHORT = makeOptions({ durationNs: 60e6, warmupNs: 5e6 });
const THREADS = 4;

function trialOf(options: Readonly<Record<string, string>>, sizeBytes = 64) {
  return makeTrial({ probe: 'doors', sizeBytes, options });
}

async function measured(
  options: Readonly<Record<string, string>>,
  sizeBytes?: number,
): Promise<TrialMeasurement> {
  const outcome = await runner.run(trialOf(options, sizeBytes), SHORT);
  if (outcome.status !== 'ok') throw new Error(`${outcome.status}: ${outcome.reason}`);
  return outcome;
}

describe.skipIf(unavailable !== null)(`doors with options${skipped}`, () => {
  it('has them', () => {
    expect(doors?.options).toEqual(expect.arrayContaining(['descriptors', 'handoff', 'threads']));
  });

  it('counts the operations of all threads on both sides', async () => {
    const { ops, client, server, verifiedOps } = await measured({ threads: `${THREADS}` });
    expect(ops).toBeGreaterThan(THREADS);
    expect([client.ops, server.ops]).toEqual([ops, ops]);
    expect(verifiedOps).toBeGreaterThanOrEqual(THREADS);
  });

  it('times single round trips, which overlap', async () => {
    const { ops, meanNs, windowNs } = await measured({ threads: `${THREADS}` });
    const atOnce = (ops * meanNs) / windowNs;
    expect(atOnce).toBeGreaterThan(1.5);
    // A round trip that the end of the window cuts may lie outside of it.
    expect(atOnce).toBeLessThan(1.1 * THREADS);
    const single = await measured({ threads: '1' });
    expect((single.ops * single.meanNs) / single.windowNs).toBeLessThan(1.1);
  });

  it('notices a flipped byte whichever thread it is of', async () => {
    const options = { threads: `${THREADS}` };
    expect(await runner.run(trialOf(options), { ...SHORT, fault: 'flip-byte' })).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/payload verification/),
    });
  });

  it.each(['0', '1', '300'])('passes %s descriptors with each call', async (descriptors) => {
    expect((await measured({ descriptors })).ops).toBeGreaterThan(0);
  });

  it.each([
    ['early', 1],
    ['hold', 4],
  ])('with %s release a call of each thread has its buffer', async (buffers, least) => {
    const options = { buffers, exhausted: 'grow', asleep: '5ms', threads: `${THREADS}` };
    const { buffers: use, ops } = await measured(options, 1024);
    expect(use).toMatchObject({ bufferBytes: 5120, waits: 0, failures: 0 });
    expect(use?.holdings).toBeGreaterThan(ops);
    expect(use?.peak).toBeGreaterThanOrEqual(least);
    // Held throughout, a buffer of each thread; early, next to none while calls sleep.
    if (buffers === 'hold') expect(use?.mean).toBeGreaterThan(THREADS / 2);
    else expect(use?.mean).toBeLessThan(THREADS / 2);
  });

  it('keeps no books of buffers unless asked', async () => {
    expect((await measured({ threads: '2' })).buffers).toBeUndefined();
  });

  it.each(['futex', 'seccomp'])('hands over by %s, or says why not', async (handoff) => {
    const outcome = await runner.run(trialOf({ handoff }), SHORT);
    if (outcome.status === 'ok') expect(outcome.ops).toBeGreaterThan(0);
    else
      expect(outcome).toMatchObject({ status: 'unavailable', reason: expect.stringMatching(/./) });
  });
});
