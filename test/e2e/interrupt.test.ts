/** Ctrl-C and its relatives: the run ends at once, and what was finished is kept. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resultDocumentSchema } from '../../src/store/schema.js';
import { CliSandbox, ending } from '../support/cli.js';
import { processesWith, untilEmpty } from '../support/leftovers.js';

let sandbox: CliSandbox;
beforeEach(() => {
  sandbox = new CliSandbox();
});
afterEach(() => sandbox.remove());

const ARGS = [
  ...['run', 'pipe', 'tcp', '--size', '1', '--duration', '80ms', '--warmup', '5ms'],
  '--no-calibrate',
];

/** Starts a long run, sends the signal to its process group after the first round. */
async function interruptedRun(signal: NodeJS.Signals, ...more: string[]) {
  const child = sandbox.start([...ARGS, '--trials', '500', ...more], { detached: true });
  const end = ending(child);
  await new Promise<void>((resolve) => {
    child.stderr?.on('data', (text: string) => {
      if (text.includes('round 1 of')) resolve();
    });
  });
  const sent = performance.now();
  process.kill(-(child.pid ?? Number.NaN), signal);
  return { ...(await end), tookMs: performance.now() - sent };
}

describe('an interrupted run', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('ends within a second after %s with exit code %i', async (signal, code) => {
    const run = await interruptedRun(signal);
    expect(run.code).toBe(code);
    expect(run.tookMs).toBeLessThan(1000);
    expect(run.stdout).toContain('pipe');
    expect(run.stderr).toContain('interrupted');
    expect(await untilEmpty(() => processesWith(sandbox.marker), 1000)).toEqual([]);
  });

  it('saves and prints the cells that were finished', async () => {
    const run = await interruptedRun('SIGINT', '--json');
    const [journal, name, ...others] = readdirSync(sandbox.results).sort();
    expect(journal).toBe(name?.replace(/json$/, 'journal'));
    expect(others).toEqual([]);
    const saved = JSON.parse(readFileSync(join(sandbox.results, name ?? ''), 'utf8'));
    expect(JSON.parse(run.stdout)).toEqual(saved);
    const document = resultDocumentSchema.parse(saved);
    expect(document.run.complete).toBe(false);
    expect(document.results.map((cell) => cell.probe)).toEqual(['pipe', 'tcp']);
    for (const cell of document.results) {
      expect(cell.trials).toBeGreaterThan(0);
      expect(cell.trials_planned).toBe(500);
      expect(cell.status).toBe('ok');
    }
  });

  it('before its first trial is over saves nothing', async () => {
    const child = sandbox.start(['run', 'pipe', '--duration', '30s'], { detached: true });
    const end = ending(child);
    await new Promise<void>((resolve) => {
      child.stderr?.on('data', (text: string) => text.includes('trials:') && resolve());
    });
    process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
    expect(await end).toMatchObject({ code: 130 });
    expect(readdirSync(sandbox.results)).toEqual([]);
  });
});
