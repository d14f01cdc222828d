/**
 * A run that is killed at whatever moment and resumed has the cells and trials of one that was
 * not: none lost, none doubled. IPCBENCH_E2E_RESUMES sets how many runs are killed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/stats/random.js';
import { resultDocumentSchema } from '../../src/store/schema.js';
import { CliSandbox, ending } from '../support/cli.js';
import { processesWith, untilEmpty } from '../support/leftovers.js';

const KILLS = Number(process.env.IPCBENCH_E2E_RESUMES ?? 3);
const CELLS = 20;
const TRIALS = 3;
const ARGS = [
  ...['run', 'pipe', 'socketpair', 'unix-stream', 'eventfd', 'fifo', '--size', '1,64,1k,4k'],
  ...['--trials', String(TRIALS), '--duration', '10ms', '--warmup', '2ms', '--seed', '7'],
  '--no-calibrate',
];

let sandbox: CliSandbox;
beforeEach(() => {
  sandbox = new CliSandbox();
});
afterEach(() => sandbox.remove());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts the program, and kills it so long after its first report. */
async function killed(args: readonly string[], afterMs: number): Promise<void> {
  const child = sandbox.start(args);
  const end = ending(child);
  const begun = new Promise<void>((resolve) => {
    child.stderr?.on('data', (text: string) => text.includes('trials:') && resolve());
  });
  // A program that ends before it has begun would be waited for in vain.
  await Promise.race([begun, end]);
  await pause(afterMs);
  process.kill(child.pid ?? Number.NaN, 'SIGKILL');
  expect((await end).signal).toBe('SIGKILL');
  expect(await untilEmpty(() => processesWith(sandbox.marker), 4000)).toEqual([]);
}

function journal(): string {
  const names = readdirSync(sandbox.results).filter((name) => name.endsWith('.journal'));
  expect(names).toHaveLength(1);
  return join(sandbox.results, names[0] ?? '');
}

/** Cell and repetition of each trial that is in the journal. */
function kept(): string[] {
  const lines = readFileSync(journal(), 'utf8').split('\n').slice(1, -1);
  const trials = lines.map((line) => JSON.parse(line)).filter((line) => 'trial' in line);
  return trials.map(({ cell, trial }) => `${cell} ${trial.repetition} ${trial.median_ns}`);
}

describe('a run that was killed', () => {
  const random = createRandom(20261121);
  const moments = Array.from({ length: KILLS }, (_, i) => 150 + i * 400 + random.below(300));

  it.each(moments)(
    '%i ms after its start goes on where it was',
    async (afterMs) => {
      await killed(ARGS, afterMs);
      const before = kept();
      const partial = await sandbox.run('export', '@latest', '--format', 'json');
      const read = resultDocumentSchema.parse(JSON.parse(partial.stdout));
      expect(read.run.complete).toBe(false);

      // A second time, during what was left.
      await killed(['run', '--resume', '@latest'], 200);
      expect(kept().slice(0, before.length)).toEqual(before);
      const { code, stdout, stderr } = await sandbox.run('run', '--resume', '@latest', '--json');
      expect(stderr).toContain('saved: ');
      expect(code).toBe(0);
      const document = resultDocumentSchema.parse(JSON.parse(stdout));
      expect(document.run).toMatchObject({ id: read.run.id, seed: 7, complete: true });
      expect(document.run.resumed).toHaveLength(2);
      expect(document.results).toHaveLength(CELLS);
      for (const cell of document.results) {
        expect(cell).toMatchObject({ trials: TRIALS, stopped: 'fixed' });
        expect(cell.per_trial.map((trial) => trial.repetition)).toEqual([0, 1, 2]);
      }
      // With the trials of the harness, which are no row, each position occurs once.
      const orders = document.results.flatMap((cell) => cell.per_trial.map((trial) => trial.order));
      expect(new Set(orders).size).toBe(CELLS * TRIALS);
      expect(Math.max(...orders.map(Number))).toBeLessThan((CELLS + 1) * TRIALS);
      const medians = document.results.flatMap((cell) => cell.per_trial.map((it) => it.median_ns));
      const found = before.filter((line) => medians.includes(Number(line.split(' ')[2])));
      const ofHarness = before.filter((line) => line.startsWith(`${CELLS} `));
      expect(found.length + ofHarness.length).toBeGreaterThanOrEqual(before.length);
      expect(readdirSync(sandbox.results)).toEqual([`${document.run.id}.json`]);
    },
    60_000,
  );
});

describe('--resume', () => {
  it('refuses what is not the run’s, with exit code 2', async () => {
    await killed(ARGS, 300);
    const other = await sandbox.run('run', '--resume', '@latest', '--size', '1');
    expect(other).toMatchObject({ code: 2 });
    expect(other.stderr).toContain('--size was 1,64,1k,4k and is 1');
    const probes = await sandbox.run('run', 'pipe', '--resume', '@latest');
    expect(probes).toMatchObject({ code: 2 });
    const unknown = await sandbox.run('run', '--resume', '2001');
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('no journal') });
    expect(kept().length).toBeGreaterThan(0);
  });

  it('goes on after Ctrl-C too', async () => {
    const child = sandbox.start(ARGS, { detached: true });
    const end = ending(child);
    await new Promise<void>((resolve) => {
      child.stderr?.on('data', (text: string) => text.includes('round 1 of') && resolve());
    });
    process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
    const { code, stderr } = await end;
    expect(code).toBe(130);
    expect(stderr).toContain(`to go on: ipcbench run --resume ${journal()}`);
    const resumed = await sandbox.run('run', '--resume', journal(), '--json');
    expect(resumed.code).toBe(0);
    expect(JSON.parse(resumed.stdout).run).toMatchObject({ complete: true });
  });
});
