import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import Tune from '../../src/commands/tune.js';
import { FakeHost, UNTUNED_HOST } from '../fixtures/host.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let fake: FakeHost;
let privileged: boolean;
beforeEach(() => {
  fake = new FakeHost(UNTUNED_HOST);
  privileged = true;
});
afterEach(() => {
  fake.remove();
  process.exitCode = undefined;
});

class FakeTune extends Tune {
  protected override async host() {
    return { root: fake.root, journal: join(fake.root, 'state/tune.json'), privileged };
  }
}

function run(...argv: string[]) {
  return captureOutput(() => FakeTune.run(argv, { root }), { print: false });
}

const TURBO = 'sys/devices/system/cpu/intel_pstate/no_turbo';
const turbo = () => readFileSync(join(fake.root, TURBO), 'utf8').trim();

describe('tune', () => {
  test('and restore', async () => {
    const { stdout, error } = await run('--cpus', '2,3');
    expect(error).toBeUndefined();
    expect(stdout).toMatch(/^changed +interrupt 24 +0-3 to 0-1$/m);
    expect(turbo()).toBe('1');
    expect((await run('--restore')).stdout).toMatch(/^restored +turbo, all processors +1 to 0$/m);
    expect(turbo()).toBe('0');
    expect((await run('--restore')).stdout).toContain('nothing to restore');
  });

  test('says what it would do', async () => {
    const { stdout } = await run('--dry-run', '--json');
    const { steps, command_exit } = JSON.parse(stdout);
    expect(steps).toContainEqual(expect.objectContaining({ kind: 'turbo', state: 'planned' }));
    expect(command_exit).toBeNull();
    expect(turbo()).toBe('0');
  });

  test('restores when the command after -- has ended, and ends as it did', async () => {
    const seen = join(fake.root, 'seen');
    const script = `cat ${join(fake.root, TURBO)} /proc/self/personality > ${seen}; exit 7`;
    await run('--no-aslr', '--', 'sh', '-c', script);
    const [during, personality] = readFileSync(seen, 'utf8').trim().split('\n');
    // The setting was written without a newline.
    expect(`${during}${personality ?? ''}`).toMatch(/^1[0-9a-f]*4[0-9a-f]{4}$/);
    expect(process.exitCode).toBe(7);
    expect(turbo()).toBe('0');
    expect(existsSync(join(fake.root, 'state/tune.json'))).toBe(false);
  });

  test('restores when there is no such command', async () => {
    const { error, stderr } = await run('--', '/no/such/program');
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain('There is no program "/no/such/program"');
    expect(turbo()).toBe('0');
  });

  test.each([
    ['an argument without --', ['restore'], 'Unexpected argument: restore'],
    ['a command to restore', ['--restore', '--', 'true'], "can't be carried out with --restore"],
    ['a dry run of a command', ['--dry-run', '--', 'true'], "can't be carried out with --dry-run"],
    ['--no-aslr without a command', ['--no-aslr'], '--no-aslr needs a command'],
    ['processors that there are not', ['--cpus', '9'], 'Choose from 0,1,2,3.'],
    ['a malformed list', ['--cpus', 'x'], 'not a list of processors'],
    ['an unknown flag', ['--nope'], '--nope'],
  ])('%s ends with 2 and changes nothing', async (_, argv, words) => {
    const { error, stderr } = await run(...argv);
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain(words);
    expect(turbo()).toBe('0');
  });

  test('without root says so, ends with 2 and changes nothing', async () => {
    privileged = false;
    const { error, stderr } = await run();
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain('takes root');
    expect(turbo()).toBe('0');
  });
});
