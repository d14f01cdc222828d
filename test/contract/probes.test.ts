/**
 * Every probe keeps what it claims: each pattern with each wait policy at a middle size, and an
 * echo of the smallest and the largest message, carried out by the native pair. A byte that the
 * sender turns over is noticed by the receiver.
 */
import { describe, expect, it } from 'vitest';
import { NO_PARAMETERS } from '../../src/plan/parameters.js';
import type { Pattern, PatternParameters, WaitPolicy } from '../../src/plan/types.js';
import { NativeRunner } from '../../src/runner/native.js';
import type { NativeProbe, TrialMeasurement } from '../../src/runner/types.js';
import { makeOptions, makeTrial } from '../support/trial.js';

const runner = new NativeRunner();
const { probes } = await runner.describe();
const SHORT = makeOptions({ durationNs: 12e6, warmupNs: 2e6 });
const MIDDLE_BYTES = 2048;
const REPLY_BYTES = 64;

interface Claim {
  readonly probe: string;
  readonly pattern: Pattern;
  readonly wait: WaitPolicy;
  readonly sizeBytes: number;
}

/** What sets each pattern apart from an echo. */
const PARAMETERS: Readonly<Record<Pattern, Partial<PatternParameters>>> = {
  echo: {},
  stream: {},
  connect: { backlog: 16 },
  rpc: { replyBytes: REPLY_BYTES, serviceNs: 1000 },
  load: { replyBytes: REPLY_BYTES, rate: 2000, arrivals: 'poisson' },
};

function claimsOf(probe: NativeProbe): Claim[] {
  const middle = Math.min(MIDDLE_BYTES, probe.sizeMax);
  const claims = probe.patterns.flatMap((pattern) =>
    probe.waits.map((wait) => ({ ...claimOf(probe, pattern, middle), wait: wait as WaitPolicy })),
  );
  const extremes = [probe.sizeMin, probe.sizeMax].map((size) => claimOf(probe, 'echo', size));
  return [...claims, ...extremes];
}

function claimOf(probe: NativeProbe, name: string, sizeBytes: number): Claim {
  const pattern = name as Pattern;
  const size = pattern === 'connect' ? probe.sizeMin : sizeBytes;
  return { probe: probe.name, pattern, wait: probe.waits[0] as WaitPolicy, sizeBytes: size };
}

/** On a busy machine it takes a while until Fast Sockets' peers have met. */
function optionsOf({ probe }: Claim) {
  return probe.startsWith('fast-') ? { ...SHORT, warmupNs: 30e6 } : SHORT;
}

function trialOf(claim: Claim) {
  return makeTrial({ ...claim, parameters: { ...NO_PARAMETERS, ...PARAMETERS[claim.pattern] } });
}

function expectSound(measurement: TrialMeasurement, claim: Claim) {
  const { ops, histogram, samplesNs, batch } = measurement;
  expect(ops).toBeGreaterThan(0);
  expect(measurement.windowNs).toBeGreaterThan(0);
  expect(samplesNs.length).toBeGreaterThan(0);
  expect(samplesNs.every((ns) => ns >= 0)).toBe(true);
  expect(measurement.minNs).toBeLessThanOrEqual(measurement.meanNs);
  expect(measurement.meanNs).toBeLessThanOrEqual(measurement.maxNs);
  const inBatches = histogram.counts.reduce((sum, count) => sum + count, 0) * batch;
  // The receiver of a stream takes whole batches only.
  if (claim.pattern === 'stream') expect(ops - inBatches).toBeLessThan(batch);
  else expect(inBatches).toBe(ops);
  expect(measurement.service === null).toBe(claim.pattern !== 'load');
  if (claim.probe !== 'null') expectBothSides(measurement, claim);
}

function expectBothSides({ ops, client, server, ...measurement }: TrialMeasurement, claim: Claim) {
  // The clock of a stream starts when its first message has arrived.
  const more = claim.pattern === 'stream' ? 1 : 0;
  const [request, reply] = bytesOf(claim);
  expect([client.ops, server.ops]).toEqual([ops + more, ops + more]);
  expect(measurement.verifiedOps).toBeGreaterThan(0);
  expect([measurement.requestBytes, measurement.replyBytes]).toEqual([request, reply]);
  expect(client.bytesSent).toBe((ops + more) * request);
  expect(server.bytesReceived).toBe((ops + more) * request);
  expect(client.bytesReceived).toBe((ops + more) * reply);
}

function bytesOf({ pattern, sizeBytes }: Claim): [request: number, reply: number] {
  if (pattern === 'connect') return [0, 0];
  if (pattern === 'stream') return [sizeBytes, 0];
  return [sizeBytes, pattern === 'echo' ? sizeBytes : REPLY_BYTES];
}

const available = probes.filter((probe) => probe.available);

describe.each(available)('$name', (probe) => {
  it.each(claimsOf(probe))('$pattern, $wait, $sizeBytes bytes', async (claim) => {
    const outcome = await runner.run(trialOf(claim), optionsOf(claim));
    if (outcome.status !== 'ok') {
      // A limit that shows only when the mechanism is used is a result, with its reason.
      expect(outcome).toMatchObject({ status: 'unavailable', reason: expect.stringMatching(/./) });
      return;
    }
    expectSound(outcome, claim);
  });
});

describe.each(available.filter((probe) => probe.name !== 'null'))('$name', (probe) => {
  it.each(probe.patterns)('notices a flipped byte: %s', async (pattern) => {
    const claim = claimOf(probe, pattern, Math.min(MIDDLE_BYTES, probe.sizeMax));
    expect(await runner.run(trialOf(claim), { ...SHORT, fault: 'flip-byte' })).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/payload verification: byte \d+ of \d+ is wrong/),
    });
  });
});

describe.each(probes.filter((probe) => !probe.available))('$name, not available', (probe) => {
  it('says why', () => {
    expect(probe.reason).toMatch(/./);
  });
});

describe('probes that are available', () => {
  it('are most of them', () => {
    expect(available.length).toBeGreaterThan(probes.length / 2);
  });
});
