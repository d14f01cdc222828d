/**
 * Whichever process is killed at whatever moment, nothing is left: no process, no System V
 * object, no name in /dev/shm, no file of a trial, no broken result. IPCBENCH_E2E_KILLS sets how
 * many runs are killed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/stats/random.js';
import { parseJournal } from '../../src/store/journal.js';
import { journalDocument } from '../../src/store/journal-document.js';
import { resultDocumentSchema } from '../../src/store/schema.js';
import { type CliEnd, CliSandbox, ending } from '../support/cli.js';
import { filesBelow, ipcObjects, processesWith, roleOf, untilEmpty } from '../support/leftovers.js';

const KILLS = Number(process.env.IPCBENCH_E2E_KILLS ?? 8);
const VICTIMS = ['command line', 'client', 'server', 'launcher'] as const;
type Victim = (typeof VICTIMS)[number];

const ARGS = [
  ...['run', 'unix-stream', 'sysv-sem', 'sysv-shm', 'posix-mq', 'posix-sem', 'fifo', '--json'],
  ...['--size', '1,8k', '--trials', '2', '--duration', '40ms', '--warmup', '5ms'],
  '--no-calibrate',
];
const GONE_WITHIN_MS = 4000;

const random = createRandom(20261121);
const sandbox = new CliSandbox();
afterAll(() => sandbox.remove());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Kills the victim once it is there; it comes and goes with each trial. */
async function kill(victim: Victim, cliPid: number): Promise<void> {
  if (victim === 'command line') {
    process.kill(cliPid, 'SIGKILL');
    return;
  }
  const role = victim === 'launcher' ? 'trial' : victim;
  for (let attempt = 0; attempt < 200; attempt++) {
    const pid = processesWith(sandbox.marker).find((candidate) => roleOf(candidate) === role);
    if (pid !== undefined && tryKill(pid)) return;
    await pause(5);
  }
}

function tryKill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

function expectHonestEnd(victim: Victim, end: CliEnd) {
  if (victim === 'command line') {
    expect(end.signal).toBe('SIGKILL');
    return;
  }
  const document = resultDocumentSchema.parse(JSON.parse(end.stdout));
  const failures = document.results.flatMap((cell) =>
    cell.per_trial.filter((trial) => trial.status === 'failed'),
  );
  // The victim may have been the harness's own trial, which is no row.
  expect(failures.length).toBeLessThanOrEqual(1);
  expect(end.code).toBe(failures.length);
  // The death is named, never just its consequence in the survivor.
  for (const { reason } of failures) expect(reason).toMatch(/SIGKILL|signal 9/);
}

function expectWholeResults() {
  for (const name of readdirSync(sandbox.results)) {
    const text = readFileSync(join(sandbox.results, name), 'utf8');
    const document = name.endsWith('.journal')
      ? journalDocument(parseJournal(text, name))
      : JSON.parse(text);
    expect(() => resultDocumentSchema.parse(document)).not.toThrow();
  }
}

describe('a killed process leaves nothing behind', () => {
  const runs = Array.from({ length: KILLS }, (_, i) => ({
    victim: VICTIMS[i % VICTIMS.length] ?? 'command line',
    afterMs: 300 + random.below(1200),
  }));

  it.each(runs)('$victim after $afterMs ms', async ({ victim, afterMs }) => {
    const before = ipcObjects();
    const child = sandbox.start(ARGS);
    const end = ending(child);
    await pause(afterMs);
    await kill(victim, child.pid ?? 0);
    expectHonestEnd(victim, await end);

    const newObjects = () => [...ipcObjects()].filter((object) => !before.has(object));
    expect(await untilEmpty(() => processesWith(sandbox.marker), GONE_WITHIN_MS)).toEqual([]);
    expect(await untilEmpty(newObjects, GONE_WITHIN_MS)).toEqual([]);
    expect(trialFiles()).toEqual([]);
    expect(filesBelow(sandbox.temporary)).toEqual([]);
    expectWholeResults();
  });
});

/** What is in the runtime directory besides the folder that all trials share. */
function trialFiles(): string[] {
  return filesBelow(sandbox.runtime).filter((path) => path !== join(sandbox.runtime, 'ipcbench'));
}
