import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../src/errors.js';
import { probeDescriptors } from '../../src/generated/probe-index.js';
import { BUILT_IN_PLANS, findNamedPlan, readPlans } from '../../src/plan/named-plans.js';
import { resolveSettings } from '../../src/plan/settings.js';

const read = (plans: unknown) => readPlans({ plans }, 'x.json', probeDescriptors);

describe('readPlans', () => {
  it('reads flags by their names: texts, numbers and lists', () => {
    const plans = read({
      mine: {
        probes: ['pipe', 'sockets'],
        size: '1..1m',
        pattern: ['echo', 'stream'],
        trials: 9,
        'service-time': ['0s'],
        window: [1, 8],
        quick: true,
      },
      bare: {},
    });
    expect(plans.mine).toEqual({
      probes: ['pipe', 'sockets'],
      settings: {
        size: '1..1m',
        pattern: 'echo,stream',
        trials: '9',
        'service-time': '0s',
        window: '1,8',
        quick: true,
      },
    });
    expect(plans.bare).toEqual({ probes: null, settings: {} });
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown flag', { a: { sise: 1 } }, /^x\.json: plans\.a\.sise: there is no such flag/],
    ['a flag of no plan', { a: { output: 'f' } }, /^x\.json: plans\.a\.output: there is no/],
    ['a value', { a: { size: '0' } }, /^x\.json: plans\.a\.size: The size "0" is outside/],
    ['a value of a list', { a: { wait: ['nap'] } }, /^x\.json: plans\.a\.wait: --wait has no/],
    ['a type', { a: { size: null } }, /^x\.json: plans\.a\.size: expected a text, a number/],
    ['no probe', { a: { probes: [] } }, /^x\.json: plans\.a\.probes: /],
    ['a text for probes', { a: { probes: 'pipe' } }, /^x\.json: plans\.a\.probes: expected a list/],
    ['an unknown probe', { a: { probes: ['pip'] } }, /plans\.a\.probes: There is no probe "pip"/],
    ['quick', { a: { quick: 'yes' } }, /^x\.json: plans\.a\.quick: /],
    ['a plan', { a: 5 }, /^x\.json: plans\.a: /],
    ['plans', [], /^x\.json: plans: /],
  ])('names file and key of what is malformed: %s', (_, plans, message) => {
    expect(() => read(plans)).toThrow(message);
    expect(() => read(plans)).toThrow(UserError);
  });

  it('suggests the flag that was meant', () => {
    expect(() => read({ a: { sise: 1 } })).toThrow(
      expect.objectContaining({ nextSteps: expect.arrayContaining(['Did you mean "size"?']) }),
    );
  });

  it.each([[undefined], [5], [{}], [{ plans: {}, other: 1 }]])('refuses %j', (content) => {
    expect(() => readPlans(content, 'x.json', probeDescriptors)).toThrow(/^x\.json:/);
  });
});

describe('findNamedPlan', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ipcbench-plans-'));
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const find = (name: string, file?: string) => findNamedPlan(name, file, probeDescriptors);

  it('has built-in plans that can be settled', async () => {
    for (const name of Object.keys(BUILT_IN_PLANS)) {
      const { settings } = await find(name);
      expect(resolveSettings({}, () => 1, settings).sizes.length).toBeGreaterThan(0);
    }
    const paper = resolveSettings({}, () => 1, (await find('paper')).settings);
    expect(paper).toMatchObject({
      trials: 10,
      maxTrials: 50,
      precision: 0.01,
      durationNs: 1e9,
      placements: ['two-cores'],
    });
    expect(paper.sizes).toHaveLength(21);
  });

  it('finds the file in the working directory or above it', async () => {
    put('ipcbench.config.json', '{ "plans": { "mine": { "size": "64" } } }');
    expect((await find('mine')).settings).toEqual({ size: '64' });
    const below = join(folder, 'a', 'b');
    mkdirSync(below, { recursive: true });
    vi.mocked(process.cwd).mockReturnValue(below);
    expect((await find('mine')).settings).toEqual({ size: '64' });
  });

  it('reads JavaScript', async () => {
    put('ipcbench.config.js', 'module.exports = { plans: { mine: { trials: 2 + 1 } } };');
    expect((await find('mine')).settings).toEqual({ trials: '3' });
  });

  it('reads the file that is named', async () => {
    put('other.json', '{ "plans": { "mine": { "size": "64" } } }');
    expect((await find('mine', join(folder, 'other.json'))).settings).toEqual({ size: '64' });
    await expect(find('mine')).rejects.toThrow('There is no plan "mine".');
  });

  it('lets a file replace a built-in plan', async () => {
    put('ipcbench.config.json', '{ "plans": { "quick": { "trials": 4 } } }');
    expect((await find('quick')).settings).toEqual({ trials: '4' });
  });

  it('suggests the plan that was meant', async () => {
    await expect(find('papr')).rejects.toMatchObject({
      message: 'There is no plan "papr".',
      nextSteps: ['Did you mean "paper"?', expect.stringContaining('quick, paper')],
    });
    await expect(find('toString')).rejects.toThrow(UserError);
  });

  it.each([
    ['broken JSON', 'ipcbench.config.json', '{ "plans": '],
    ['broken JavaScript', 'ipcbench.config.js', 'module.exports = {'],
    ['an empty file', 'ipcbench.config.json', ''],
    ['another form', 'ipcbench.config.json', '[]'],
  ])('says which file is malformed: %s', async (_, name, text) => {
    put(name, text);
    const error = await find('quick').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain(name);
  });

  it.each(['missing.json', 'x.toml'])('says which file it cannot read: %s', async (name) => {
    if (name.endsWith('toml')) put(name, '');
    await expect(find('quick', join(folder, name))).rejects.toThrow(
      new RegExp(`configuration .*${name}`),
    );
  });
});
