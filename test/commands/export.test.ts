import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import Export from '../../src/commands/export.js';
import { renderCsv } from '../../src/render/csv.js';
import { renderJson } from '../../src/render/json.js';
import { ResultStore } from '../../src/store/store.js';
import { exampleDocument } from '../fixtures/measurements.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const document = exampleDocument();
let directory: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ipcbench-test-'));
  vi.stubEnv('IPCBENCH_RESULTS', directory);
  await new ResultStore(directory).save(document);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

function run(...argv: string[]) {
  return captureOutput(() => Export.run(argv, { root }), { print: false });
}

describe('export', () => {
  test('CSV of cells unless told otherwise', async () => {
    const { stdout, error } = await run('@latest', '--format', 'csv');
    expect(error).toBeUndefined();
    expect(stdout).toBe(renderCsv(document));
  });

  test('CSV of trials', async () => {
    const { stdout } = await run('20261121', '--format=csv', '--level=trial');
    expect(stdout).toBe(renderCsv(document, { level: 'trial' }));
  });

  test('JSON, as it was saved', async () => {
    const { stdout } = await run('@-1', '--format', 'json');
    expect(stdout).toBe(renderJson(document));
  });

  test('into a file', async () => {
    const path = join(directory, 'out.csv');
    writeFileSync(path, 'old');
    const { stdout } = await run('@latest', '--format', 'csv', '--output', path);
    expect(stdout).toBe('');
    expect(readFileSync(path, 'utf8')).toBe(renderCsv(document));
  });

  test.each([
    ['no such run', ['2030', '--format', 'csv'], 'No saved run begins with "2030"'],
    ['no format', ['@latest'], 'format'],
    ['an unknown format', ['@latest', '--format', 'xml'], 'xml'],
    ['a level of JSON', ['@latest', '--format', 'json', '--level', 'trial'], '--level is for CSV'],
    ['no such directory', ['@latest', '--format', 'csv', '-o', 'no/where/x'], "doesn't exist"],
  ])('%s is said, and ends with 2', async (_, argv, words) => {
    const { stdout, stderr, error } = await run(...argv);
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain(words);
    expect(stdout).toBe('');
  });
});
