import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { validateFile } from '../../src/store/validate.js';
import { exampleDocument } from '../fixtures/measurements.js';

const folder = mkdtempSync(join(tmpdir(), 'ipcbench-validate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const document = exampleDocument();
const [first, ...others] = document.results;

async function faultsOf(value: unknown): Promise<readonly string[]> {
  const path = join(folder, 'x.json');
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  const { valid, faults } = await validateFile(path);
  expect(valid).toBe(faults.length === 0);
  return faults;
}

describe('validateFile', () => {
  test('a whole result has no faults', async () => {
    expect(await faultsOf(document)).toEqual([]);
  });

  test.each([
    ['no JSON', '{', /isn't valid JSON/],
    ['another version', { ...document, schema: 2 }, /schema version 2/],
    ['no result', { a: 1 }, /no "schema" version/],
    ['a missing field', { ...document, run: { ...document.run, id: undefined } }, /run\.id/],
    [
      'trials that don’t add up',
      { ...document, results: [{ ...first, trials: 99 }, ...others] },
      /trials is 99/,
    ],
    [
      'a trial without its median',
      {
        ...document,
        results: [
          { ...first, per_trial: first?.per_trial.map((one) => ({ ...one, median_ns: null })) },
        ],
      },
      /ok without a median/,
    ],
  ])('says what is wrong: %s', async (_, value, message) => {
    expect((await faultsOf(value)).join('\n')).toMatch(message);
  });

  test('a file that can’t be read', async () => {
    const { valid, faults } = await validateFile(join(folder, 'none.json'));
    expect(valid).toBe(false);
    expect(faults.join()).toContain('ENOENT');
  });
});
