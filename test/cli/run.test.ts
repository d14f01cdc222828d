import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STEADINESS_MIN_SAMPLES } from '../../src/stats/steadiness.js';
import type { ResultDocument } from '../../src/store/schema.js';
import { CLI, CliSandbox } from '../support/cli.js';

let sandbox: CliSandbox;
beforeEach(() => {
  sandbox = new CliSandbox();
});
afterEach(() => sandbox.remove());

const SHORT = [
  ...['--size', '1', '--trials', '2', '--duration', '20ms', '--warmup', '2ms'],
  '--no-calibrate',
];
const saved = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as ResultDocument;

describe('ipcbench run', () => {
  it('prints a table, quiet progress, and where the result is', async () => {
    const { code, stdout, stderr } = await sandbox.run('run', 'pipes', ...SHORT);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^pipe\s+1 B\s+free\s+block/m);
    expect(stdout).toMatch(/an empty operation takes [\d.]+ ns/);
    const [name] = readdirSync(sandbox.results);
    expect(stderr).toContain(`saved: ${join(sandbox.results, name ?? '')}`);
    expect(stderr).toContain('round 2 of 2 done');
    expect(stderr).not.toContain('\r');
  });

  it('prints exactly the saved document under --json, valid by the published schema', async () => {
    const args = ['pipe', 'tcp', 'null', '--seed', '7', '--wait', 'block,spin', '--json'];
    const { code, stdout } = await sandbox.run('run', ...args, ...SHORT);
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as ResultDocument;
    const [name] = readdirSync(sandbox.results);
    expect(document).toEqual(saved(join(sandbox.results, name ?? '')));
    const schema = new URL('../../schema/result-1.schema.json', import.meta.url);
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
      JSON.parse(readFileSync(schema, 'utf8')),
    );
    validate(document);
    expect(validate.errors).toBeNull();
    expect(document.run).toMatchObject({ seed: 7, complete: true });
    expect(document.run.command).toBe(`ipcbench run ${[...args, ...SHORT].join(' ')}`);
    expect(document.run.host.kernel).toMatch(/./);
    expect(document.results.map((cell) => `${cell.probe} ${cell.wait} ${cell.status}`)).toEqual([
      'null block ok',
      'null spin ok',
      'pipe block ok',
      'pipe spin ok',
      'tcp block ok',
      'tcp spin ok',
    ]);
  });

  it('saves where it is told to', async () => {
    const output = join(sandbox.folder, 'mine.json');
    const { code } = await sandbox.run('run', 'pipe', ...SHORT, '--output', output);
    expect(code).toBe(0);
    expect(saved(output).results).toHaveLength(1);
    expect(readdirSync(sandbox.results)).toEqual([]);
  });

  it('binds the peers to the processors of the placement', async () => {
    const { stdout } = await sandbox.run(
      'run',
      'pipe',
      ...SHORT,
      '--placement',
      'same-core',
      '--json',
    );
    const [cell] = (JSON.parse(stdout) as ResultDocument).results;
    const cpus = cell?.per_trial.flatMap(({ usage }) => [
      usage?.client.cpu_last,
      usage?.server.cpu_last,
    ]);
    expect(new Set(cpus).size).toBe(1);
  });

  it('has a row with the reason for a size that the mechanism does not take', async () => {
    const args = ['sysv-msg', '--size', '1m', '--trials', '1', '--duration', '5ms'];
    const { code, stdout } = await sandbox.run('run', ...args, '--json');
    const [cell] = (JSON.parse(stdout) as ResultDocument).results;
    expect(code).toBe(0);
    // A machine may have been configured to take it.
    if (cell?.status === 'ok') return;
    expect(cell).toMatchObject({ status: 'unavailable', rtt_ns: null, ops_per_s: null });
    expect(cell?.reason).toMatch(/largest size here/);
  });
});

describe('ipcbench run, all patterns', () => {
  const PATTERNS = ['--pattern', 'echo,stream,connect,rpc,load', '--rate', '500', '--window', '8'];

  it('has a row for each that a group offers, and says which it does not', async () => {
    const args = ['pipes', 'tcp', ...PATTERNS, '--reply-size', '16', ...SHORT, '--json'];
    const { code, stdout } = await sandbox.run('run', ...args);
    expect(code).toBe(0);
    const { results } = JSON.parse(stdout) as ResultDocument;
    const of = (probe: string, pattern: string) =>
      results.find((cell) => cell.probe === probe && cell.pattern === pattern);
    for (const pattern of ['echo', 'stream', 'connect', 'rpc', 'load']) {
      expect(of('tcp', pattern)).toMatchObject({ status: 'ok' });
    }
    expect(of('fifo', 'connect')).toMatchObject({
      status: 'unavailable',
      reason: 'pattern connect does not apply to fifo',
    });
    expect(of('tcp', 'rpc')?.parameters).toMatchObject({ reply_bytes: 16, window: null });
    expect(of('tcp', 'load')?.parameters).toMatchObject({ rate_per_s: 500, arrivals: 'even' });
    expect(of('tcp', 'stream')).toMatchObject({ parameters: { window: 8 }, stream_window: 8 });
  });

  it('passes options on and records what was granted', async () => {
    const options = ['--calls', 'sendmsg-recvmsg', '--sndbuf', '32k', '--ready', 'none,poll'];
    const { stdout } = await sandbox.run('run', 'tcp', ...options, ...SHORT, '--json');
    const { results } = JSON.parse(stdout) as ResultDocument;
    expect(results.map((cell) => cell.options)).toEqual([
      { calls: 'sendmsg-recvmsg', sndbuf: '32768' },
      { calls: 'sendmsg-recvmsg', sndbuf: '32768', ready: 'poll' },
    ]);
    expect(results[0]?.granted?.client.sndbuf_bytes).toBeGreaterThanOrEqual(32768);
  });

  it('goes through each pair of processors for placement all', async () => {
    const args = ['pipe', '--placement', 'all', '--size', '1', '--trials', '1'];
    const { stdout } = await sandbox.run('run', ...args, '--duration', '5ms', '--json');
    const { results, run } = JSON.parse(stdout) as ResultDocument;
    const { length: allowed } = run.host.cpus_allowed as number[];
    expect(results).toHaveLength(allowed ** 2);
    for (const { client_cpu, server_cpu, per_trial } of results) {
      expect(per_trial[0]?.usage?.client.cpu_last).toBe(client_cpu);
      expect(per_trial[0]?.usage?.server.cpu_last).toBe(server_cpu);
    }
  });
});

describe('--dry-run', () => {
  it('shows the plan and measures nothing', async () => {
    const { code, stdout, stderr } = await sandbox.run('run', 'pipes', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^pipe +echo +1, 4k, 64k +free +block +3$/m);
    expect(stdout).toMatch(/about \d+ s in all/);
    expect(stderr).toBe('');
    expect(readdirSync(sandbox.results)).toEqual([]);
  });

  it('has the cells under --json', async () => {
    const { stdout } = await sandbox.run('compare', 'tcp', 'pipe', '--dry-run', '--json');
    const { cells, trials, plan } = JSON.parse(stdout);
    expect([cells, trials]).toEqual([6, 611]);
    expect(plan[0]).toMatchObject({ probe: 'tcp', pattern: 'echo', size_bytes: 1 });
  });
});

describe('rigor', () => {
  const SHORT_TRIALS = [
    ...['--size', '1', '--duration', '30ms', '--warmup', '2ms'],
    '--no-calibrate',
  ];

  it('records why each cell stopped, the environment, and whether trials were steady', async () => {
    const rules = ['--precision', '50%', '--trials', '3', '--max-trials', '8'];
    const args = ['pipe', 'socketpair', ...rules, ...SHORT_TRIALS, '--json'];
    const { stdout } = await sandbox.run('run', ...args);
    const { results, run } = JSON.parse(stdout) as ResultDocument;
    expect(run.plan).toMatchObject({ trials: 8, min_trials: 3, precision: 0.5 });
    for (const { stopped, trials, trials_planned, per_trial } of results) {
      expect(['precision', 'max-trials']).toContain(stopped);
      expect([trials, trials_planned]).toEqual(stopped === 'precision' ? [trials, trials] : [8, 8]);
      const paddings = per_trial.map((trial) => trial.environment_bytes);
      expect(new Set(paddings).size).toBeGreaterThan(1);
      for (const { steadiness, samples } of per_trial) {
        // A trial that the machine held up may have too few samples to be judged.
        const judged = (samples?.kept ?? 0) >= STEADINESS_MIN_SAMPLES;
        expect(['steady', 'drifting', 'never steady', undefined]).toContain(steadiness?.verdict);
        expect(steadiness != null).toBe(judged);
      }
      expect(per_trial.filter(({ steadiness }) => steadiness)).not.toEqual([]);
    }
    const table = await sandbox.run('run', ...args.filter((word) => word !== '--json'));
    expect(table.stdout).toMatch(/within\s+50\s+%\s+of\s+the\s+median\s+\(precision\)/);
  });

  it('ends when its time is up, with a trial of each cell', async () => {
    const args = ['pipe', 'socketpair', ...SHORT_TRIALS, '--trials', '5000', '--max-time', '1s'];
    const { code, stdout } = await sandbox.run('run', ...args, '--json');
    expect(code).toBe(0);
    const { results, run } = JSON.parse(stdout) as ResultDocument;
    expect(run.complete).toBe(true);
    expect(results.map((cell) => cell.stopped)).toEqual(['max-time', 'max-time']);
    expect(results.every((cell) => cell.trials >= 1 && cell.trials < 5000)).toBe(true);
  });

  it.each([
    [['--max-trials', '9'], /means nothing without a target precision/],
    [['--precision', '1'], /is not a precision from/],
    [['--paper', '--quick'], /--quick/],
    [['--force'], /--resume/],
    [['--resume', '@latest', '--quick'], /--quick/],
  ])('refuses %j', async (flags, message) => {
    const { code, stderr } = await sandbox.run('run', 'pipe', ...flags);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('a named plan', () => {
  it('is read from its file; flags win', async () => {
    const file = join(sandbox.folder, 'my.json');
    const mine = { probes: ['pipe', 'tcp'], size: [1, '4k'], pattern: 'echo', trials: 3 };
    writeFileSync(file, JSON.stringify({ plans: { mine } }));
    const args = ['--plan', 'mine', '--config', file, '--trials', '7', '--dry-run', '--json'];
    const { stdout } = await sandbox.run('run', ...args);
    expect(JSON.parse(stdout)).toMatchObject({ cells: 4, trials_per_cell: 7 });
    const other = await sandbox.run('run', 'udp', ...args);
    expect(JSON.parse(other.stdout).plan).toMatchObject([{ probe: 'udp' }, { probe: 'udp' }]);
  });

  it('is there without a file: paper', async () => {
    const args = ['pipe', 'tcp', '--plan', 'paper', '--dry-run', '--json'];
    const { stdout } = await sandbox.run('run', ...args);
    const plan = { cells: 2 * 21 * 2, trials_per_cell: 10, max_trials_per_cell: 50 };
    expect(JSON.parse(stdout)).toMatchObject({ ...plan, precision: 0.01 });
    const flag = await sandbox.run('run', 'pipe', 'tcp', '--paper', '--dry-run', '--json');
    expect(JSON.parse(flag.stdout)).toMatchObject(plan);
  });
});

describe('ipcbench compare', () => {
  it('measures both in one run and shows the ratio', async () => {
    const { code, stdout } = await sandbox.run('compare', 'pipe', 'null', ...SHORT);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^size .* pipe .* null .* verdict$/m);
    expect(stdout).toMatch(/(faster|not separated)/);
  });

  it('has the comparison beside the document under --json', async () => {
    const { stdout } = await sandbox.run('compare', 'pipe', 'tcp', ...SHORT, '--json');
    const { comparison, results } = JSON.parse(stdout);
    expect(results).toHaveLength(2);
    expect(comparison.pairs).toHaveLength(1);
    expect(comparison.pairs[0]).toMatchObject({ size_bytes: 1, a: { probe: 'pipe' } });
  });
});

describe('ipcbench list', () => {
  it('has every probe with its state', async () => {
    const { code, stdout } = await sandbox.run('list');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\s*pipe\s/m);
  });

  it('has the facts under --json', async () => {
    const { stdout } = await sandbox.run('list', '--json');
    const listing = JSON.parse(stdout) as { name: string; available: boolean }[];
    expect(listing.find((probe) => probe.name === 'tcp')).toMatchObject({
      available: true,
      patterns: ['echo', 'stream', 'connect', 'rpc', 'load'],
      options: expect.arrayContaining(['calls', 'sndbuf', 'ready']),
      copies: { user: 0, kernel: 2 },
      size_max_bytes: 1048576,
    });
  });

  const namespace = ['--user', '--map-root-user', '--net'];
  const noNamespaces = spawnSync('unshare', [...namespace, 'true']).status !== 0;
  it.skipIf(noNamespaces)('says what a container without a loopback interface lacks', () => {
    const run = spawnSync('unshare', [...namespace, process.execPath, CLI, 'list', '--json']);
    const listing = JSON.parse(String(run.stdout)) as { name: string; available: boolean }[];
    const lacking = listing.filter(({ available }) => !available).map(({ name }) => name);
    expect(lacking).toEqual(expect.arrayContaining(['tcp', 'udp', 'fast-mmap-sem']));
    expect(lacking).not.toContain('unix-stream');
    expect(listing.find(({ name }) => name === 'tcp')).toMatchObject({
      reason: 'the loopback interface is down',
      remedy: expect.stringContaining('ip link set lo up'),
    });
  });
});
