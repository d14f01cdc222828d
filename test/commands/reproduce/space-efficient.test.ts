import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import ReproduceSpaceEfficient from '../../../src/commands/reproduce/space-efficient.js';
import { FakeRunner, fakeProbe } from '../../../src/runner/fake.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipcbench-space-efficient-'));
  vi.stubEnv('IPCBENCH_RESULTS', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  process.exitCode = undefined;
});

const OPTIONS = ['asleep', 'buffers', 'exhausted', 'threads'];

/** Early release takes 1 % longer. */
function run(argv: string[]) {
  const probes = [fakeProbe('doors', { options: OPTIONS }), fakeProbe('null')];
  class FakeReproduce extends ReproduceSpaceEfficient {
    protected override async createRunner() {
      return new FakeRunner(probes, ({ cell, repetition }) => {
        const ns = cell.options.buffers === 'early' ? 1010 : 1000;
        return ns * (repetition === 0 ? 1.001 : 1);
      });
    }
  }
  FakeReproduce.id = 'reproduce:space-efficient';
  const flags = ['--seed', '1', '--quick', '--no-calibrate', ...argv];
  return captureOutput(() => FakeReproduce.run(flags, { root }), { print: false });
}

describe('reproduce space-efficient', () => {
  test('measures long calls of all threads both ways, and what early release costs', async () => {
    const { stdout, error } = await run(['--json']);
    expect(error).toBeUndefined();
    const { space_efficient: space, results } = JSON.parse(stdout);
    // 9 numbers of threads that grow, 5 that wait, 4 that are refused, and two wait policies.
    expect(results).toHaveLength(2 * (9 + 5 + 4 + 2));
    expect(readdirSync(folder)).toHaveLength(1);
    expect(space.policies.map(({ rows }: { rows: unknown[] }) => rows.length)).toEqual([9, 5, 4]);
    expect(space.costs[0].ratio).toBeCloseTo(1.01, 2);
  });

  test('a runner that keeps no books of buffers leaves rows without figures', async () => {
    const { stdout } = await run([]);
    expect(stdout).toMatch(/early +no figures of buffers/);
    expect(stdout).toMatch(/adaptive +early 1\.0 µs, hold 1\.0 µs; early \/ hold 1\.010x/);
  });

  test('shows its plan under --dry-run and measures nothing', async () => {
    const { stdout } = await run(['--dry-run', '--json']);
    expect(JSON.parse(stdout).cells).toBe(40);
    expect(readdirSync(folder)).toEqual([]);
  });
});
