import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import ReproduceSpeedLibrary from '../../../src/commands/reproduce/speed-library.js';
import { FakeRunner, fakeProbe } from '../../../src/runner/fake.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipcbench-speed-library-'));
  vi.stubEnv('IPCBENCH_RESULTS', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  process.exitCode = undefined;
});

/** tcp takes 10 µs and 10 ns a byte, the others a tenth; a copy 1 ns a byte. */
function run(argv: string[], unavailable = '') {
  const names = ['tcp', 'fast-mmap-sem', 'fast-mmap-doors', 'fast-doors', 'null'];
  const away = { available: false, reason: 'left at home', remedy: 'fetch it' };
  const probes = names.map((name) => fakeProbe(name, name === unavailable ? away : {}));
  class FakeReproduce extends ReproduceSpeedLibrary {
    protected override async createRunner() {
      return new FakeRunner(probes, ({ cell, repetition }) => {
        const ns = 10_000 + 10 * cell.sizeBytes;
        return (cell.probe === 'tcp' ? ns : ns / 10) * (repetition === 0 ? 1.01 : 1);
      });
    }
    protected override async createCopyMeter() {
      return { measure: async (sizes: readonly number[]) => new Map(sizes.map((n) => [n, n])) };
    }
  }
  FakeReproduce.id = 'reproduce:speed-library';
  return captureOutput(() => FakeReproduce.run(['--seed', '1', '--quick', ...argv], { root }), {
    print: false,
  });
}

describe('reproduce speed-library', () => {
  test('has both patterns with every size, times faster and the share that is neither', async () => {
    const { stdout, error } = await run([]);
    expect(error).toBeUndefined();
    expect(stdout).toContain('Round trips (pattern echo)');
    expect(stdout).toContain('Messages one way (pattern stream)');
    expect(stdout.match(/^ +64 B +tcp /gm)).toHaveLength(2);
    expect(stdout.match(/^ +1 MiB +tcp /gm)).toHaveLength(2);
    expect(stdout).toContain('elapsed time = the sum of the bcopy times');
    expect(stdout).toContain('3 trials of 100 ms per row');
  });

  test('has the figures under --json, and saves one file', async () => {
    const { stdout } = await run(['--json']);
    const { speed_library: speed, results } = JSON.parse(stdout);
    expect(results).toHaveLength(64);
    expect(readdirSync(folder)).toHaveLength(1);
    const [echo, stream] = speed.patterns;
    const last = echo.sizes.at(-1);
    expect(last).toMatchObject({ size_bytes: 1048576, copy_ns: 1048576 });
    expect(last.entries.map((it: { probe: string }) => it.probe)).toEqual([
      'tcp',
      'fast-mmap-sem',
      'fast-mmap-doors',
      'fast-doors',
    ]);
    const [tcp, sem] = last.entries;
    expect(tcp).toMatchObject({ times_faster: null, bcopy_ns: 4 * 1048576 });
    expect(sem.times_faster).toBeCloseTo(10, 1);
    // 80 % of the processors' time is the system's in the fake, and a tenth of tcp's is the copies'.
    expect(stream.sizes[0].entries[0].neither).toBeGreaterThan(0);
    expect(stream.sizes[0].entries[0].bcopy_ns).toBe(128);
    expect(sem.neither).toBe(0);
    expect(speed.copies[0]).toEqual({ size_bytes: 64, before_ns: 64, after_ns: 64 });
  });

  test('a transport that is not available has rows that say why', async () => {
    const { stdout, error } = await run([], 'fast-doors');
    expect(error).toBeUndefined();
    expect(stdout).toMatch(/^ +fast-doors +not available: left at home \(fetch it\)/m);
    expect(process.exitCode ?? 0).toBe(0);
  });

  test('shows its plan under --dry-run and measures nothing', async () => {
    const { stdout } = await run(['--dry-run', '--json']);
    expect(JSON.parse(stdout).cells).toBe(64);
    expect(readdirSync(folder)).toEqual([]);
  });
});
