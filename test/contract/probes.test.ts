/**
 * Every probe keeps what it claims: each pattern with each wait policy at the smallest, a middle
 * and the largest size, carried out by the native pair.
 */
import { describe, expect, it } from 'vitest';
import type { Pattern, WaitPolicy } from '../../src/plan/types.js';
import { NativeRunner } from '../../src/runner/native.js';
import type { NativeProbe, TrialMeasurement } from '../../src/runner/types.js';
import { makeOptions, makeTrial } from '../support/trial.js';

const runner = new NativeRunner();
const { probes } = await runner.describe();

interface Claim {
  readonly name: string;
  readonly pattern: Pattern;
  readonly wait: WaitPolicy;
  readonly sizeBytes: number;
}

function claimsOf(probe: NativeProbe): Claim[] {
  const sizes = new Set([probe.sizeMin, Math.min(4096, probe.sizeMax), probe.sizeMax]);
  return probe.patterns.flatMap((pattern) =>
    probe.waits.flatMap((wait) =>
      [...sizes].map((sizeBytes) => ({
        name: probe.name,
        pattern: pattern as Pattern,
        wait: wait as WaitPolicy,
        sizeBytes,
      })),
    ),
  );
}

function expectSound(measurement: TrialMeasurement, claim: Claim) {
  const { ops, histogram, samplesNs, client, server } = measurement;
  expect(ops).toBeGreaterThan(0);
  expect(measurement.windowNs).toBeGreaterThan(0);
  expect(samplesNs.length).toBeGreaterThan(0);
  expect(samplesNs.every((ns) => ns >= 0)).toBe(true);
  expect(histogram.counts.reduce((sum, count) => sum + count, 0) * measurement.batch).toBe(ops);
  expect(measurement.minNs).toBeLessThanOrEqual(measurement.meanNs);
  expect(measurement.meanNs).toBeLessThanOrEqual(measurement.maxNs);
  expect(client.ops).toBe(ops);
  if (claim.name === 'null') return;
  expect(server.ops).toBe(ops);
  expect(measurement.verifiedOps).toBeGreaterThan(0);
  expect(measurement.requestBytes).toBe(claim.sizeBytes);
  expect(measurement.replyBytes).toBe(claim.sizeBytes);
  expect(client.bytesSent).toBe(ops * claim.sizeBytes);
  expect(server.bytesReceived).toBe(ops * claim.sizeBytes);
}

describe.each(probes.filter((probe) => probe.available))('$name', (probe) => {
  it.each(claimsOf(probe))('$pattern, $wait, $sizeBytes bytes', async (claim) => {
    const { pattern, wait, sizeBytes } = claim;
    const trial = makeTrial({ probe: claim.name, pattern, wait, sizeBytes });
    const outcome = await runner.run(trial, makeOptions());
    if (outcome.status !== 'ok') {
      // A limit that shows only when the mechanism is used is a result, with its reason.
      expect(outcome).toMatchObject({ status: 'unavailable', reason: expect.stringMatching(/./) });
      return;
    }
    expectSound(outcome, claim);
  });
});

describe.each(probes.filter((probe) => !probe.available))('$name, not available', (probe) => {
  it('says why', () => {
    expect(probe.reason).toMatch(/./);
  });
});

describe('probes that are available', () => {
  it('are most of them', () => {
    expect(probes.filter((probe) => probe.available).length).toBeGreaterThan(4);
  });
});
