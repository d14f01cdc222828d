import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Table1 } from '../../src/session/table1.js';
import { resultDocumentSchema } from '../../src/store/schema.js';
import { CliSandbox } from '../support/cli.js';

let sandbox: CliSandbox;
beforeEach(() => {
  sandbox = new CliSandbox();
});
afterEach(() => sandbox.remove());

const SHORT = ['--quick', '--trials', '2', '--duration', '10ms', '--warmup', '2ms', '--seed', '3'];

describe('ipcbench reproduce table1', () => {
  it('prints published and measured figures, verdicts, and what differs', async () => {
    const { code, stdout, stderr } = await sandbox.run('reproduce', 'table1', ...SHORT);
    expect(code).toBe(0);
    for (const [probe, us] of [
      ['doors', 66],
      ['sysv-sem', 142],
      ['pipe', 175],
      ['sysv-msg', 270],
      ['onc-rpc-tcp', 1020],
    ]) {
      expect(stdout).toMatch(new RegExp(`^${probe} +${us} µs `, 'm'));
    }
    expect(stdout).toContain('Order as published (doors < sysv-sem < pipe < sysv-msg < onc-rpc');
    for (const column of ['adaptive, two-cores', 'block, two-cores', 'block, same-core']) {
      expect(stdout).toMatch(
        new RegExp(`^ {2}${column}: (kept|not kept|undecided|not measured)`, 'm'),
      );
      expect(stdout).toMatch(new RegExp(`^ {2}${column}: (yes|no|undecided|not measured)`, 'm'));
    }
    expect(stdout).toContain('What differs from the paper:');
    expect(stderr).toMatch(/saved: /);
  });

  it('saves a result that export reads, and has it beside the table under --json', async () => {
    const args = ['reproduce', 'table1', '--rpc', 'unix', ...SHORT, '--json'];
    const { code, stdout } = await sandbox.run(...args);
    expect(code).toBe(0);
    const { table1, ...document } = JSON.parse(stdout) as { table1: Table1 };
    const [name] = readdirSync(sandbox.results);
    expect(document).toEqual(JSON.parse(readFileSync(join(sandbox.results, name ?? ''), 'utf8')));
    const { results, run } = resultDocumentSchema.parse(document);
    expect(run).toMatchObject({ seed: 3, command: `ipcbench ${args.join(' ')}` });
    // ONC RPC has no policy but block, so two of its columns are one cell.
    expect(results.map(({ probe }) => probe)).toEqual([
      ...['doors', 'sysv-sem', 'pipe', 'sysv-msg'].flatMap((probe) => [probe, probe, probe]),
      ...['onc-rpc-unix', 'onc-rpc-unix'],
    ]);
    expect(new Set(results.map(({ size_bytes }) => size_bytes))).toEqual(new Set([1]));
    expect(table1.rows.map(({ measured }) => measured.length)).toEqual([3, 3, 3, 3, 3]);
    for (const { measured } of table1.rows) {
      for (const { status, reason, median_ns } of measured) {
        if (status === 'ok') expect(median_ns).toBeGreaterThan(0);
        else expect(reason).toMatch(/./);
      }
    }
    const exported = await sandbox.run('export', '@latest', '--format', 'csv');
    expect(exported.code).toBe(0);
    expect(exported.stdout.trim().split('\r\n')).toHaveLength(15);
  });

  it('shows its plan under --dry-run and measures nothing', async () => {
    const { code, stdout } = await sandbox.run('reproduce', 'table1', '--dry-run', '--json');
    expect(code).toBe(0);
    const { cells, trials_per_cell: trials, plan } = JSON.parse(stdout);
    expect([cells, trials]).toEqual([14, 5]);
    expect(plan[0]).toMatchObject({ probe: 'doors', size_bytes: 1, placement: 'two-cores' });
    expect(readdirSync(sandbox.results)).toEqual([]);
  });

  it('has a topic with a description', async () => {
    const { code, stdout } = await sandbox.run('reproduce', '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/reproduce table1 +Measure Table 1/);
  });
});
