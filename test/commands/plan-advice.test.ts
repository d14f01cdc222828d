import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import PlanAdvice from '../../src/commands/plan-advice.js';
import { renderPlanAdvice } from '../../src/render/plan-advice.js';
import { planAdvice } from '../../src/session/plan-advice.js';
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
  return captureOutput(() => PlanAdvice.run(argv, { root }), { print: false });
}

describe('plan-advice', () => {
  test('is for 1 % unless told otherwise', async () => {
    const { stdout, error } = await run('@latest');
    expect(error).toBeUndefined();
    expect(stdout).toBe(renderPlanAdvice(planAdvice(document, { precision: 0.01 })));
    expect(stdout).toContain('no advice: one trial says nothing');
  });

  test('for another precision and start-up', async () => {
    const { stdout } = await run('20261121', '--precision', '0.2%', '--start-up', '1s');
    const expected = planAdvice(document, { precision: 0.002, startUpNs: 1e9 });
    expect(stdout).toBe(renderPlanAdvice(expected));
  });

  test('as JSON', async () => {
    const { stdout } = await run('@latest', '--json');
    const expected = planAdvice(document, { precision: 0.01 });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  test.each([
    ['no such run', ['2030'], 'No saved run begins with "2030"'],
    ['no result', [], 'Missing 1 required arg'],
    ['a precision that is none', ['@latest', '--precision', '7'], 'not a precision'],
    ['no precision', ['@latest', '--precision', 'none'], 'wants a target precision'],
    ['a start-up without a unit', ['@latest', '--start-up', '5'], 'not a duration'],
  ])('%s is said, and ends with 2', async (_, argv, words) => {
    const { stdout, stderr, error } = await run(...argv);
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain(words);
    expect(stdout).toBe('');
  });
});
