import { describe, expect, test } from 'vitest';
import PlanAdvice from '../../src/commands/plan-advice.js';
import { renderPlanAdvice } from '../../src/render/plan-advice.js';
import { planAdvice } from '../../src/session/plan-advice.js';
import { exampleDocument } from '../fixtures/measurements.js';
import { runCommand, savedResults } from '../support/saved-results.js';

const document = exampleDocument();
savedResults(document);

function run(...argv: string[]) {
  return runCommand(PlanAdvice, argv);
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
