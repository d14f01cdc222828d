/** Ctrl-C while tools are attached: they, their files and the peers are gone at once. */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCollectors } from '../../src/collect/registry.js';
import type { CollectorName } from '../../src/collect/types.js';
import { CliSandbox, ending } from '../support/cli.js';
import { processesWith, roleOf, untilEmpty } from '../support/leftovers.js';

const WATCHED = ['perf-sampling', 'strace-count', 'bpftrace'] as const;
const collectors = createCollectors();
const cases = await Promise.all(
  WATCHED.map(async (name: CollectorName) => {
    return { name, lacking: (await collectors[name].supported())?.reason ?? null };
  }),
);
const PROGRAM: Readonly<Record<string, string>> = {
  'perf-sampling': 'perf',
  'strace-count': 'strace',
  bpftrace: 'bpftrace',
};

let sandbox: CliSandbox;
beforeEach(() => {
  sandbox = new CliSandbox();
});
afterEach(() => sandbox.remove());

async function program(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
}

describe('an interrupted profile', () => {
  for (const { name, lacking } of cases) {
    const title = lacking === null ? name : `${name} (skipped: ${lacking})`;
    it.skipIf(lacking !== null)(
      `ends within a second: ${title}`,
      async () => {
        const args = ['profile', 'pipe', '--collector', name, '--duration', '20s', '--seed', '1'];
        const child = sandbox.start(args, { detached: true });
        const end = ending(child);
        const limit = performance.now() + 60_000;
        let found = false;
        while (!found && performance.now() < limit) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          const pids = processesWith(sandbox.marker);
          const names = await Promise.all(pids.map(program));
          // While the collector only tries whether it can work, there are no peers.
          const running = pids.some((pid) => roleOf(pid) === 'client');
          found = running && names.some((one) => one.startsWith(PROGRAM[name] ?? name));
        }
        expect(found).toBe(true);
        const sent = performance.now();
        process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
        expect((await end).code).toBe(130);
        expect(performance.now() - sent).toBeLessThan(1000);
        expect(await untilEmpty(() => processesWith(sandbox.marker), 1000)).toEqual([]);
        expect(readdirSync(sandbox.temporary)).toEqual([]);
      },
      90_000,
    );
  }
});
