import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import Plot from '../../src/commands/plot.js';
import Profile from '../../src/commands/profile.js';
import Report from '../../src/commands/report.js';
import Trace from '../../src/commands/trace.js';
import { FakeRunner, fakeProbe } from '../../src/runner/fake.js';
import { exampleDocument } from '../fixtures/measurements.js';
import { runCommand, savedResults } from '../support/saved-results.js';

class FakeProfile extends Profile {
  protected override async createRunner() {
    return new FakeRunner([fakeProbe('pipe'), fakeProbe('tcp')]);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'ipcbench-profile-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  process.exitCode = undefined;
});

const QUICK = ['--collector', 'rusage', '--quick'];

describe('profile', () => {
  test('shows the parts of a round trip', async () => {
    const { stdout, error } = await runCommand(FakeProfile, ['pipe', ...QUICK]);
    expect(error).toBeUndefined();
    expect(stdout).toMatch(/^pipe, 1 B, free, block: one operation in /m);
    for (const part of ['user', 'system', 'idle', 'sum']) expect(stdout).toContain(`  ${part}`);
  });

  test('has a cell for each size', async () => {
    const { stdout } = await runCommand(FakeProfile, ['tcp', '--size', '1,4k', ...QUICK, '--json']);
    const { cells, profile } = JSON.parse(stdout);
    expect(cells.map((cell: { size_bytes: number }) => cell.size_bytes)).toEqual([1, 4096]);
    expect(profile.collectors).toEqual([
      { collector: 'rusage', used: true, reason: null, remedy: null },
    ]);
  });

  test.each([
    ['no such probe', ['pype'], 'There is no probe "pype"'],
    ['several probes', ['sockets'], 'stands for several probes'],
    ['no such collector', ['pipe', '--collector', 'magic'], '--collector has no value "magic"'],
    ['no samples to draw', ['pipe', ...QUICK, '--folded', join(folder, 'x')], 'no samples'],
  ])('%s is bad input', async (_, argv, message) => {
    const { stderr, error } = await runCommand(FakeProfile, argv);
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain(message);
    expect(() => readFileSync(join(folder, 'x'))).toThrow();
  });
});

describe('a saved profile', () => {
  savedResults(exampleDocument());
  const saved = join(folder, 'profile.json');
  const drawn = (name: string) => join(folder, name);

  test('is drawn part by part, and in a report', async () => {
    const argv = ['pipe', '--size', '1,1m', ...QUICK, '--output', saved];
    expect((await runCommand(FakeProfile, argv)).error).toBeUndefined();
    const svg = ['--kind', 'anatomy', '--profile', saved, '-o', drawn('a.svg')];
    expect((await runCommand(Plot, svg)).error).toBeUndefined();
    const text = readFileSync(drawn('a.svg'), 'utf8');
    for (const word of [
      'The anatomy of a round trip',
      'pipe, 1 B',
      'pipe, 1 MiB',
      'server',
      'idle',
    ])
      expect(text).toContain(word);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
    const page = ['@latest', '--profile', saved, '-o', drawn('a.html')];
    expect((await runCommand(Report, page)).error).toBeUndefined();
    expect(readFileSync(drawn('a.html'), 'utf8')).toContain('Where the time goes');
  });

  test.each([
    ['results beside it', ['@latest', '-k', 'anatomy', '--profile', saved], 'without results'],
    ['another kind', ['-k', 'bars', '--profile', saved], 'as an anatomy'],
    ['neither', ['-k', 'bars'], 'Of which results?'],
    ['no such file', ['-k', 'anatomy', '--profile', drawn('none')], "Can't read"],
    ['something else', ['-k', 'anatomy', '--profile', 'package.json'], 'is no profile'],
  ])('%s is bad input', async (_, argv, message) => {
    const { stderr, error } = await runCommand(Plot, [...argv, '-o', drawn('b.svg')]);
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('trace', () => {
  test.each([
    ['no script', ['pipe'], 'There is no script behind --'],
    ['no script behind --', ['pipe', '--'], 'There is no script behind --'],
    ['two scripts', ['pipe', '--', 'a.bt', 'b.bt'], 'more than one script'],
    ['no such file', ['pipe', '--', 'none.bt'], 'There is no file none.bt'],
    ['no probe', ['--', 'BEGIN { exit(); }'], 'No probe was named'],
    ['two probes', ['pipe', 'tcp', '--', 'BEGIN { exit(); }'], 'Name one probe only'],
  ])('%s is bad input', async (_, argv, message) => {
    const { stderr, error } = await runCommand(Trace, argv);
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain(message);
  });
});
