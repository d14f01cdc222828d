import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import List from '../../../src/commands/results/list.js';
import Merge from '../../../src/commands/results/merge.js';
import Rm from '../../../src/commands/results/rm.js';
import Show from '../../../src/commands/results/show.js';
import Validate from '../../../src/commands/results/validate.js';
import { BaselineStore } from '../../../src/store/baselines.js';
import { ResultStore } from '../../../src/store/store.js';
import { documentOf, madeUpCell } from '../../fixtures/measurements.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const FIRST = '20261121T000000Z-0001';
const SECOND = '20261122T000000Z-0002';

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ipcbench-results-'));
  vi.stubEnv('IPCBENCH_RESULTS', folder);
  vi.stubEnv('NO_COLOR', '1');
  const store = new ResultStore(folder);
  const first = documentOf([madeUpCell({ given: {}, medianNs: 5000 }, 1)], { id: FIRST });
  const cells = [{}, { probe: 'tcp' }].map((given, index) =>
    madeUpCell({ given: { index, ...given }, medianNs: 6000 }, 2 + index),
  );
  await store.save(first);
  await store.save(documentOf(cells, { id: SECOND }));
  await new BaselineStore(folder).save('main', first);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = undefined;
});

type Class = { run(argv: string[], options: { root: string }): Promise<unknown> };

async function run(command: Class, ...argv: string[]) {
  process.exitCode = undefined;
  const captured = await captureOutput(() => command.run(argv, { root }), { print: false });
  const code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  return { ...captured, code: captured.error?.oclif?.exit ?? code };
}

describe('results list', () => {
  test('has a line for each run, with its baselines', async () => {
    const { stdout } = await run(List);
    const [one, two] = [FIRST, SECOND].map((id) =>
      stdout.split('\n').find((line) => line.startsWith(id)),
    );
    expect(one).toContain('@main');
    expect(two).toContain('pipe, tcp');
    expect(two).not.toContain('@main');
  });

  test('keeps a baseline whose run is gone, and says what can’t be read', async () => {
    rmSync(join(folder, `${FIRST}.json`));
    writeFileSync(join(folder, `${SECOND}.json`), '{');
    const { stdout } = await run(List);
    expect(stdout).toContain(`(${FIRST})`);
    expect(stdout).toContain("isn't valid JSON");
  });

  test('says where there is nothing', async () => {
    rmSync(folder, { recursive: true });
    expect((await run(List)).stdout).toContain(`No results in ${folder}`);
    expect(JSON.parse((await run(List, '--json')).stdout)).toEqual([]);
  });
});

describe('results show', () => {
  test.each([
    ['@latest', 'tcp'],
    [FIRST.slice(0, 8), 'pipe'],
    ['@main', 'pipe'],
  ])('%s', async (ref, probe) => {
    const { stdout, code } = await run(Show, ref);
    expect(code).toBe(0);
    expect(stdout).toContain(probe);
    expect(stdout).toContain('median RTT');
  });
});

describe('results rm', () => {
  test('removes what is named in full', async () => {
    const { code } = await run(Rm, FIRST, 'baseline:main');
    expect(code).toBe(0);
    expect(existsSync(join(folder, `${FIRST}.json`))).toBe(false);
    expect(existsSync(join(folder, `${SECOND}.json`))).toBe(true);
    expect(readdirSync(join(folder, 'baselines'))).toEqual([]);
  });

  test('wants --yes for anything else', async () => {
    const { code, stderr } = await run(Rm, '@latest');
    expect(code).toBe(2);
    expect(stderr).toContain(`results rm ${SECOND}`);
    expect((await run(Rm, '@latest', '--yes')).code).toBe(0);
    expect(existsSync(join(folder, `${SECOND}.json`))).toBe(false);
  });

  test('removes nothing when something is not there, or is elsewhere', async () => {
    expect((await run(Rm, FIRST, '@nope')).code).toBe(2);
    const outside = mkdtempSync(join(tmpdir(), 'ipcbench-outside-'));
    const file = join(outside, 'x.json');
    writeFileSync(file, '{}');
    expect((await run(Rm, FIRST, file, '--yes')).code).toBe(2);
    expect(existsSync(file)).toBe(true);
    expect(existsSync(join(folder, `${FIRST}.json`))).toBe(true);
    rmSync(outside, { recursive: true });
  });
});

describe('results merge', () => {
  test('saves a new result and leaves the others', async () => {
    const { code, stdout } = await run(Merge, FIRST, SECOND, '--json');
    expect(code).toBe(0);
    const merged = JSON.parse(stdout);
    expect(merged.results.map(({ probe }: { probe: string }) => probe)).toEqual(['pipe', 'tcp']);
    expect(existsSync(join(folder, `${merged.run.id}.json`))).toBe(true);
    expect((await run(Validate)).code).toBe(0);
    expect((await run(Show, merged.run.id)).stdout).toContain('pipe');
  });

  test('refuses a run given twice', async () => {
    expect((await run(Merge, FIRST, '@main')).code).toBe(2);
  });
});

describe('results validate', () => {
  test('ends with 1 when a file is not valid, and says why', async () => {
    expect((await run(Validate)).code).toBe(0);
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, JSON.stringify({ schema: 1, results: [] }));
    const { code, stdout } = await run(Validate, '@main', bad);
    expect(code).toBe(1);
    expect(stdout).toContain('main.json: valid');
    expect(stdout).toContain('bad.json: not valid');
    expect(stdout).toMatch(/run: Invalid input/);
  });
});
