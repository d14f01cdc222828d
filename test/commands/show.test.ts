import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { describe, expect, test } from 'vitest';
import Show from '../../src/commands/show.js';
import { FakeRunner, fakeProbe } from '../../src/runner/fake.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Everything is available but vsock. */
class FakeShow extends Show {
  protected override async createRunner() {
    const away = { available: false, reason: 'no loopback', remedy: 'modprobe vsock_loopback' };
    return new FakeRunner([fakeProbe('pipe', { options: ['chunk'] }), fakeProbe('vsock', away)]);
  }
}

function run(...argv: string[]) {
  return captureOutput(() => FakeShow.run(argv, { root }), { print: false });
}

describe('show', () => {
  test('explains a probe', async () => {
    const { stdout, error } = await run('pipe');
    expect(error).toBeUndefined();
    for (const words of ['pipe: pipes', 'Family: Pipes', 'write  ', '2 by the kernel', '--chunk']) {
      expect(stdout).toContain(words);
    }
  });

  test('takes another name of it', async () => {
    expect((await run('anonymous-pipe')).stdout).toContain('pipe: pipes');
  });

  test('says why it is not available and what helps', async () => {
    const { stdout } = await run('vsock');
    expect(stdout).toContain('not available: no loopback');
    expect(stdout).toContain('what helps: modprobe vsock_loopback');
  });

  test('as JSON', async () => {
    const { stdout } = await run('pipe', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'pipe',
      copies: { user: 0, kernel: 2 },
      diagram: expect.stringContaining('[ pipe for requests ]'),
      available: true,
    });
  });

  test.each([
    ['an unknown name, with the nearest one', 'pipr', 'Did you mean "pipe"?'],
    ['a group, with its members', 'pipes', 'Name one of them: fifo, pipe.'],
  ])('%s ends with 2', async (_, name, words) => {
    const { stderr, error, stdout } = await run(name);
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain(words);
    expect(stdout).toBe('');
  });
});
