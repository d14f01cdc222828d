import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import Show from '../../src/commands/show.js';
import { FakeRunner, fakeProbe } from '../../src/runner/fake.js';
import { ResultStore } from '../../src/store/store.js';
import { exampleDocument } from '../fixtures/measurements.js';

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
    ['a result without --histogram', '@latest', 'show @latest --histogram'],
    ['a group, with its members', 'pipes', 'Name one of them: fifo, pipe.'],
  ])('%s ends with 2', async (_, name, words) => {
    const { stderr, error, stdout } = await run(name);
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain(words);
    expect(stdout).toBe('');
  });
});

describe('show --histogram', () => {
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ipcbench-test-'));
    vi.stubEnv('IPCBENCH_RESULTS', directory);
    await new ResultStore(directory).save(exampleDocument());
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true, force: true });
  });

  test('draws the cells that are chosen', async () => {
    const { stdout, error } = await run('@latest', '--histogram', '--cell', 'pipe');
    expect(error).toBeUndefined();
    expect(stdout).toMatch(/^Cell 2: pipe, 1 B, two-cores, block$/m);
    expect(stdout).toMatch(/^Cell 3: pipe, 4 KiB, two-cores, block$/m);
    expect(stdout).not.toContain('Cell 1:');
    expect(stdout).toContain('1/(1-p)');
  });

  test('in ASCII', async () => {
    const { stdout } = await run('@latest', '--histogram', '--cell', '2', '--ascii');
    expect(stdout).toMatch(/^[\n -~]+$/);
  });

  test('as JSON', async () => {
    const { stdout } = await run('@latest', '--histogram', '--cell', '2', '--json');
    const [cell] = JSON.parse(stdout);
    expect(cell).toMatchObject({ cell: 2, what: 'round trip', samples: 2000, trials: 5 });
    expect(cell.percentiles[0]).toMatchObject({ percentile: 0, one_in: 1 });
    expect(cell.percentiles.at(-1)).toMatchObject({ percentile: 100, one_in: null });
  });

  test.each([
    ['no such run', ['2030', '--histogram'], 'No saved run begins with "2030"'],
    ['no such cell', ['@latest', '--histogram', '--cell', '99'], 'no cell "99"'],
    ['a cell of a probe', ['pipe', '--cell', '1'], '--histogram'],
    ['a probe', ['pipe', '--histogram'], 'No saved run begins with "pipe"'],
  ])('%s ends with 2', async (_, argv, words) => {
    const { stderr, error, stdout } = await run(...argv);
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain(words);
    expect(stdout).toBe('');
  });
});
