import { captureOutput } from '@oclif/test';
import { describe, expect, it } from 'vitest';
import { BaseCommand } from '../src/base-command.js';
import { BugError, UserError } from '../src/errors.js';

const root = new URL('..', import.meta.url).pathname;

/** A command that fails as it is told to. */
class Failing extends BaseCommand {
  static override id = 'failing';
  static failure: Error;

  async run(): Promise<string> {
    await this.parse(Failing);
    if (Failing.failure) throw Failing.failure;
    return this.commandLine();
  }
}

function runFailing(failure: Error, argv: string[] = []) {
  Failing.failure = failure;
  return captureOutput(() => Failing.run(argv, { root }), { print: false });
}

describe('BaseCommand', () => {
  it('shows message and next steps of a UserError, without a stack, and exits with 2', async () => {
    const { stderr, error } = await runFailing(new UserError('No such thing.', ['Try it.']));
    expect(stderr).toBe('ipcbench: No such thing.\n  Try it.\n');
    expect(error?.oclif?.exit).toBe(2);
  });

  it('has the error on stdout as JSON under --json', async () => {
    const { stdout, error } = await runFailing(new UserError('No.', ['Do.']), ['--json']);
    expect(JSON.parse(stdout)).toEqual({ error: { message: 'No.', next_steps: ['Do.'] } });
    expect(error?.oclif?.exit).toBe(2);
  });

  it('exits with 2 on flags that it does not know', async () => {
    const { stdout, error } = await runFailing(new UserError(''), ['--nope', '--json']);
    expect(JSON.parse(stdout).error.message).toBe('Nonexistent flag: --nope');
    expect(error?.oclif?.exit).toBe(2);
  });

  it.each([new BugError('impossible'), new TypeError('x is undefined')])(
    'exits with 70 on a bug: %s',
    async (bug) => {
      const { stderr, error } = await runFailing(bug);
      expect(stderr).toContain('this is a bug');
      expect(stderr).toContain('base-command.test.ts');
      expect(error?.oclif?.exit).toBe(70);
    },
  );
});
