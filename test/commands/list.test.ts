import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import List from '../../src/commands/list.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { isTTY } = process.stdout;

function run() {
  return captureOutput(() => List.run([], { root }), { print: false, stripAnsi: false });
}

describe('list', () => {
  beforeEach(() => {
    process.stdout.isTTY = true;
    vi.stubEnv('NO_COLOR', undefined);
  });
  afterEach(() => {
    process.stdout.isTTY = isTTY;
    vi.unstubAllEnvs();
  });

  test('is coloured on a terminal', async () => {
    const { stdout, error } = await run();
    expect(error).toBeUndefined();
    expect(stdout).toContain('\u001b[1mPipes\u001b[22m');
  });

  test('is plain where nobody wants colours', async () => {
    vi.stubEnv('NO_COLOR', '1');
    const { stdout } = await run();
    expect(stdout).toMatch(/^Pipes$/m);
    expect(stdout).not.toContain('\u001b');
  });
});
