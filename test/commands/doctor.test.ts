import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, describe, expect, test } from 'vitest';
import Doctor from '../../src/commands/doctor.js';
import { FakeHost, type HostTree, QUIET_HOST } from '../fixtures/host.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let host: FakeHost;
afterEach(() => {
  host.remove();
  process.exitCode = undefined;
});

function run(tree: HostTree, ...argv: string[]) {
  host = new FakeHost(tree);
  class FakeDoctor extends Doctor {
    protected override hostOptions() {
      return { root: host.root, watchMs: 1 };
    }
  }
  return captureOutput(() => FakeDoctor.run(argv, { root }), { print: false });
}

const HPET = {
  'sys/devices/system/clocksource/clocksource0/current_clocksource': 'hpet',
};

describe('doctor', () => {
  test('lists every check', async () => {
    const { stdout, error } = await run(QUIET_HOST);
    expect(error).toBeUndefined();
    expect(stdout).toMatch(/^ok {4}governor +performance$/m);
    expect(process.exitCode).toBeUndefined();
  });

  test('ends with 1 when a figure would be untrustworthy', async () => {
    const { stdout } = await run({ ...QUIET_HOST, ...HPET });
    expect(stdout).toMatch(/^bad {3}clocksource +hpet/m);
    expect(stdout).toContain('not to be trusted');
    expect(process.exitCode).toBe(1);
  });

  test('as JSON', async () => {
    const { stdout } = await run({ ...QUIET_HOST, ...HPET }, '--json');
    const { trustworthy, findings, host: facts } = JSON.parse(stdout);
    expect(trustworthy).toBe(false);
    expect(findings).toContainEqual(expect.objectContaining({ check: 'swap', verdict: 'ok' }));
    expect(facts).toMatchObject({ governor: 'performance', clocksource: 'hpet' });
    expect(process.exitCode).toBe(1);
  });

  test('bad input ends with 2', async () => {
    const { error, stderr } = await run(QUIET_HOST, '--nope');
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain('--nope');
  });
});
