/** Of no probe is anything left when one of its processes is killed, and the death is named. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { NativeRunner } from '../../src/runner/native.js';
import { createRandom } from '../../src/stats/random.js';
import { CliSandbox } from '../support/cli.js';
import { filesBelow, ipcObjects, processesWith, roleOf, untilEmpty } from '../support/leftovers.js';
import { makeOptions, makeTrial } from '../support/trial.js';

const VICTIMS = ['client', 'server', 'trial'] as const;
const GONE_WITHIN_MS = 4000;
const LONG = makeOptions({ durationNs: 20e9, timeLimitNs: 60e9 });

const runner = new NativeRunner();
const { probes } = await runner.describe();
const available = probes.filter((probe) => probe.available).map((probe) => probe.name);
const random = createRandom(20261121);

const sandbox = new CliSandbox();
beforeAll(() => {
  vi.stubEnv('XDG_RUNTIME_DIR', sandbox.runtime);
  vi.stubEnv('IPCBENCH_RESULTS', sandbox.results);
});
afterAll(() => {
  vi.unstubAllEnvs();
  sandbox.remove();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Kills it a moment after both peers are there. */
async function kill(victim: (typeof VICTIMS)[number]): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const roles = new Map(processesWith(sandbox.marker).map((pid) => [roleOf(pid), pid]));
    const pid = roles.get(victim);
    if (pid !== undefined && roles.has('client') && roles.has('server')) {
      await pause(random.below(40));
      process.kill(pid, 'SIGKILL');
      return;
    }
    await pause(5);
  }
  throw new Error(`there was no ${victim} to kill`);
}

describe.each(available)('%s', (probe) => {
  it.each(VICTIMS)('leaves nothing when it loses its %s', async (victim) => {
    const before = ipcObjects();
    const running = runner.run(makeTrial({ probe, sizeBytes: 64 }), LONG);
    await kill(victim);
    expect(await running).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/SIGKILL|signal 9/),
    });

    const newObjects = () => [...ipcObjects()].filter((object) => !before.has(object));
    expect(await untilEmpty(() => processesWith(sandbox.marker), GONE_WITHIN_MS)).toEqual([]);
    expect(await untilEmpty(newObjects, GONE_WITHIN_MS)).toEqual([]);
    expect(filesBelow(sandbox.runtime)).toEqual([]);
  });
});
