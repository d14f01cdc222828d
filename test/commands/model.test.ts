import { describe, expect, test } from 'vitest';
import Model from '../../src/commands/model.js';
import { renderModels } from '../../src/render/model.js';
import { costModels } from '../../src/session/model.js';
import { withProbes } from '../../src/session/model-request.js';
import { documentOf } from '../fixtures/measurements.js';
import { straight, sweepCells, sweepDocument } from '../fixtures/sweeps.js';
import { runCommand, savedResults } from '../support/saved-results.js';

const document = sweepDocument();
const ONE_TRIAL = '20261120T000000Z-0001';
savedResults(documentOf(sweepCells({ trials: 1, elapsed: straight }), { id: ONE_TRIAL }), document);

function run(...argv: string[]) {
  return runCommand(Model, argv);
}

describe('model', () => {
  test('of every sweep of a result', async () => {
    const { stdout, error } = await run('@latest');
    expect(error).toBeUndefined();
    expect(stdout).toBe(renderModels(costModels(document)));
  });

  test('of some probes, with a tolerance', async () => {
    const { stdout } = await run('20261121', '--probe', 'pipe,tcp', '--tolerance', '90%');
    const models = costModels(withProbes(document, 'pipe,tcp'), { tolerance: 0.9 });
    expect(stdout).toBe(renderModels(models));
    expect(stdout).not.toContain('piece');
  });

  test('as JSON', async () => {
    const { stdout } = await run('@latest', '--json');
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(costModels(document))));
  });

  test.each([
    ['no such run', ['2030'], 'No saved run begins with "2030"'],
    ['no result', [], 'Missing 1 required arg'],
    ['a probe that it hasn’t', ['@latest', '--probe', 'udp'], '--probe has no value "udp"'],
    ['a tolerance that is none', ['@latest', '--tolerance', '5'], "isn't a percentage"],
    ['one trial', [ONE_TRIAL], 'one trial says nothing about how trials differ'],
    ['two sizes', ['@latest', '--probe', 'futex'], 'a line takes 3 sizes or more, and there are 2'],
  ])('%s is said, and ends with 2', async (_, argv, words) => {
    const { stdout, stderr, error } = await run(...argv);
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain(words);
    expect(stdout).toBe('');
  });
});
