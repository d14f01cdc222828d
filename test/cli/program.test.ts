import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { CLI, CliSandbox } from '../support/cli.js';

const sandbox = new CliSandbox();
afterAll(() => sandbox.remove());

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

/** Fastest of some runs, in ms: what is slower was disturbed. */
function fastest(args: readonly string[], times: number): number {
  const runs = Array.from({ length: times }, () => {
    const start = performance.now();
    execFileSync(process.execPath, args, { stdio: 'ignore' });
    return performance.now() - start;
  });
  return Math.min(...runs);
}

describe('the program', () => {
  it.each(['--version', '-v'])('tells its version: %s', async (flag) => {
    const { code, stdout } = await sandbox.run(flag);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^ipcbench/${version} linux-\\S+ node-v\\d`));
  });

  it('starts in at most three times the time that Node takes', () => {
    expect(fastest([CLI, '--version'], 5)).toBeLessThan(3 * fastest(['-e', '0'], 5));
  });

  it('has a help with every command', async () => {
    const { code, stdout } = await sandbox.run('--help');
    expect(code).toBe(0);
    const measuring = ['run', 'list', 'show', 'compare', 'export', 'reproduce', 'plan-advice'];
    for (const command of [...measuring, 'doctor', 'tune', 'speed'])
      expect(stdout).toContain(command);
  });

  it('survives a reader that goes away', async () => {
    const shell = promisify(execFile);
    const pipeline = `"${process.execPath}" "${CLI}" list --json | head -n 1`;
    const { stdout, stderr } = await shell('bash', ['-o', 'pipefail', '-c', pipeline]);
    expect(stdout).toBe('[\n');
    expect(stderr).toBe('');
  });
});

describe('the surface', () => {
  const manifest = JSON.parse(
    readFileSync(new URL('../../oclif.manifest.json', import.meta.url), 'utf8'),
  );
  interface Shape {
    args: object;
    flags: Record<string, { char?: string }>;
    description: string;
    examples: unknown[];
  }
  // The order in the manifest is that of the folder's entries.
  const commands = Object.entries<Shape>(manifest.commands).sort(([a], [b]) => (a < b ? -1 : 1));

  it('is what it was', () => {
    const surface = commands.map(([name, { args, flags }]) => ({
      name,
      args: Object.keys(args),
      flags: Object.entries(flags).map(([flag, { char }]) => (char ? `-${char} ${flag}` : flag)),
    }));
    expect(surface).toMatchSnapshot();
  });

  it.each(commands)('of %s has a description and examples', (_, { description, examples }) => {
    expect(description).toMatch(/./);
    expect(examples.length).toBeGreaterThanOrEqual(2);
  });
});
