/**
 * The system calls per round trip that a descriptor states are those that strace counts, over
 * all threads of both peers.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { probeDescriptors } from '../../src/generated/probe-index.js';
import type { WaitPolicy } from '../../src/plan/types.js';
import { NativeRunner } from '../../src/runner/native.js';
import { StracedRunner, straceUnavailable } from '../support/strace.js';
import { makeTrial } from '../support/trial.js';

const unavailable = straceUnavailable();
const straced = new StracedRunner();
afterAll(() => straced.remove());

const DURATION_NS = 150e6;
/** Small enough to travel in one piece everywhere. */
const SIZE_BYTES = 64;
/** Calls that an operation may have over, for a wait that was interrupted or came too early. */
const SLACK = 0.1;
/** Sleep and wake on either side: what words in shared memory take at most. */
const FUTEX_MOST = 4;

const { probes } = await new NativeRunner().describe();
const available = new Set(probes.filter((probe) => probe.available).map((probe) => probe.name));

const stated = probeDescriptors
  .filter((probe) => available.has(probe.name))
  .flatMap(({ name, systemCalls }) => [
    { name, wait: 'block' as const, calls: systemCalls.block },
    { name, wait: 'spin' as const, calls: systemCalls.spin },
  ])
  .map((it) => ({ ...it, title: `${it.name}, ${it.wait}: ${it.calls}` }));

function count(probe: string, wait: WaitPolicy) {
  return straced.callsPerOperation(makeTrial({ probe, wait, sizeBytes: SIZE_BYTES }), DURATION_NS);
}

describe.skipIf(unavailable !== null)(
  `system calls per round trip${unavailable === null ? '' : ` (skipped: ${unavailable})`}`,
  () => {
    it.each(stated.filter(({ calls }) => calls !== null))(
      '$title',
      async ({ name, wait, calls }) => {
        expect(Math.abs((await count(name, wait)) - (calls ?? Number.NaN))).toBeLessThan(SLACK);
      },
    );

    it.each(['futex', 'shm-ring', 'doors'])('%s, block: at most 4, as it depends', async (name) => {
      expect(await count(name, 'block')).toBeLessThanOrEqual(FUTEX_MOST + SLACK);
    });
  },
);

describe('the descriptors', () => {
  it('state them for the mechanisms that everybody knows', () => {
    const known = stated.filter(({ calls }) => calls !== null).map(({ name }) => name);
    expect(known).toEqual(
      expect.arrayContaining(['pipe', 'unix-stream', 'tcp', 'sysv-sem', 'sysv-msg', 'eventfd']),
    );
  });
});
