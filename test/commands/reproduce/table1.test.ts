import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import ReproduceTable1 from '../../../src/commands/reproduce/table1.js';
import { FakeRunner, type FakeScript, fakeProbe } from '../../../src/runner/fake.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const NAMES = ['doors', 'sysv-sem', 'pipe', 'sysv-msg', 'onc-rpc-tcp', 'onc-rpc-udp', 'null'];
/** As the paper has it, in ns. */
const PAPER = new Map(NAMES.map((name, i) => [name, 1000 * 3 ** i]));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipcbench-table1-'));
  vi.stubEnv('IPCBENCH_RESULTS', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  process.exitCode = undefined;
});

function run(argv: string[], { without = '', script = inOrder as FakeScript } = {}) {
  const probes = NAMES.map((name) =>
    fakeProbe(name, {
      ...(name === without && { available: false, reason: 'left at home', remedy: 'fetch it' }),
      ...(name.startsWith('onc-rpc') && { waits: ['block'] }),
    }),
  );
  class FakeReproduce extends ReproduceTable1 {
    protected override async createRunner() {
      return new FakeRunner(probes, script);
    }
  }
  FakeReproduce.id = 'reproduce:table1';
  return captureOutput(() => FakeReproduce.run(['--seed', '1', ...argv], { root }), {
    print: false,
  });
}

/** The first trial of a cell is a little slower than the others. */
function inOrder(...[trial]: Parameters<FakeScript>): number {
  return (PAPER.get(trial.cell.probe) ?? 1) * (trial.repetition === 0 ? 1.01 : 1);
}

describe('reproduce table1', () => {
  test('says where the order is that of the paper', async () => {
    const { stdout, error } = await run([]);
    expect(error).toBeUndefined();
    // Whichever placements this machine has, same-core is one of them.
    expect(stdout).toMatch(/^ {2}block, same-core: kept$/m);
    expect(stdout).toMatch(/^ {2}block, same-core: yes$/m);
    expect(stdout).toContain('5 trials of 500 ms per row');
  });

  test('goes on without doors', async () => {
    const { stdout, error } = await run([], { without: 'doors' });
    expect(error).toBeUndefined();
    expect(stdout).toMatch(/^doors +66 µs +1 +not available: left at home \(fetch it\)/m);
    expect(stdout).toMatch(/^ {2}block, same-core: kept; without figures: doors$/m);
    expect(process.exitCode ?? 0).toBe(0);
  });

  test('a mechanism that fails has a row that says so, and the exit code 1', async () => {
    const failing: FakeScript = (trial) =>
      trial.cell.probe === 'pipe'
        ? { status: 'failed', reason: 'it broke', remedy: null }
        : inOrder(trial, 0);
    const { stdout } = await run([], { script: failing });
    expect(stdout).toMatch(/^pipe +175 µs +2\.65x +failed: it broke/m);
    expect(process.exitCode).toBe(1);
  });

  test('takes the transport of ONC RPC', async () => {
    const { stdout } = await run(['--rpc', 'udp']);
    expect(stdout).toMatch(/^onc-rpc-udp +1020 µs /m);
    expect(stdout).not.toContain('onc-rpc-tcp');
  });

  test('is shorter under --quick', async () => {
    const { stdout } = await run(['--quick']);
    expect(stdout).toContain('3 trials of 100 ms per row');
  });

  test('saves one file, whose cells are those of the table', async () => {
    const { stdout } = await run(['--json']);
    const { table1, results } = JSON.parse(stdout);
    expect(readdirSync(folder)).toHaveLength(1);
    expect(results).toHaveLength(14);
    expect(table1.rows.map((row: { probe: string }) => row.probe)).toEqual(NAMES.slice(0, 5));
  });

  test.each([
    [['--rpc', 'smoke'], /--rpc/],
    [['--trials', '0'], /--trials "0"/],
    [['--size', '4'], /Nonexistent flag: --size/],
  ])('%j ends with 2', async (argv, message) => {
    const { stderr, error, stdout } = await run(argv);
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
  });
});
