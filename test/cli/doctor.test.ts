import { afterAll, describe, expect, it } from 'vitest';
import { CliSandbox } from '../support/cli.js';

const sandbox = new CliSandbox();
afterAll(() => sandbox.remove());

interface Finding {
  readonly check: string;
  readonly verdict: string;
  readonly reason: string;
}

describe('ipcbench doctor', () => {
  it('looks at this machine, and its exit code is its verdict', async () => {
    const { code, stdout } = await sandbox.run('doctor', '--json');
    const { trustworthy, findings } = JSON.parse(stdout);
    expect(code).toBe(trustworthy ? 0 : 1);
    const bad = findings.filter(({ verdict }: Finding) => verdict === 'bad');
    expect(bad.length === 0).toBe(trustworthy);
    for (const { check, reason } of findings) expect(`${check}: ${reason}`).toMatch(/: ./);
  });
});

describe('ipcbench run', () => {
  it('stores what doctor says with the result', async () => {
    const short = ['--quick', '--trials', '1', '--duration', '10ms', '--warmup', '2ms'];
    const { stdout } = await sandbox.run('run', 'pipe', ...short, '--json');
    const { host } = JSON.parse(stdout).run;
    const checks = host.doctor.map(({ check }: Finding) => check);
    expect(checks).toEqual(expect.arrayContaining(['governor', 'steal time', 'other work']));
    expect(host.activity.interval_ms).toBeGreaterThanOrEqual(199);
  });
});

describe('ipcbench tune', () => {
  it('says what it would do here, and changes nothing', async () => {
    const { code, stdout } = await sandbox.run('tune', '--dry-run', '--json');
    expect(code).toBe(0);
    const { steps } = JSON.parse(stdout);
    const states = steps.map(({ state }: { state: string }) => state);
    expect(states).not.toContain('changed');
    expect(steps.map(({ kind }: { kind: string }) => kind)).toEqual(
      expect.arrayContaining(['governor', 'turbo', 'address randomisation']),
    );
  });
});
