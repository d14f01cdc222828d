import { describe, expect, it } from 'vitest';
import { probeDescriptors } from '../../src/generated/probe-index.js';
import { buildPlan } from '../../src/plan/build.js';
import { resolveSettings, type SettingsInput } from '../../src/plan/settings.js';
import type { Cell } from '../../src/plan/types.js';
import { fakeProbe } from '../../src/runner/fake.js';
import { aggregateCell } from '../../src/session/aggregate.js';
import { type ProbeOperand, parseOperand } from '../../src/session/compare-operand.js';
import { dimensionsOf, placeKey, plannedDimensions } from '../../src/session/compare-place.js';
import {
  pairingKeys,
  planSides,
  selectSides,
  splitSides,
  unitedSettings,
} from '../../src/session/compare-sides.js';
import type { CellResult } from '../../src/store/schema.js';
import { measurement } from '../fixtures/measurements.js';

const OPTIONS = ['sndbuf', 'calls', 'threads'];
const NATIVE = probeDescriptors.map(({ name }) =>
  fakeProbe(name, { options: name === 'pipe' ? ['chunk'] : OPTIONS }),
);

async function sidesOf(texts: readonly string[], flags: SettingsInput = {}) {
  const operands: ProbeOperand[] = [];
  for (const text of texts) {
    const operand = await parseOperand(text, probeDescriptors);
    if (operand.kind !== 'probe') throw new Error(`${text} is no probe`);
    operands.push(operand);
  }
  return planSides(operands, flags, async (typed) => resolveSettings(typed, () => 1));
}

async function planned(texts: readonly string[], flags: SettingsInput = {}) {
  const sides = await sidesOf(texts, flags);
  const plan = buildPlan({
    ...selectSides(sides),
    settings: unitedSettings(sides),
    native: NATIVE,
    resolvePlacement: () => ({ pairs: [{ clientCpu: 0, serverCpu: 1 }] }),
  });
  const shown = plan.cells.filter(
    (cell) => plan.harness?.shown || cell.index !== plan.harness?.cell,
  );
  return { sides, cells: shown };
}

function measured(cells: readonly Cell[]): CellResult[] {
  return cells.map((cell) => aggregateCell(cell, [measurement([1, 2, 3])], { trials: 1, seed: 1 }));
}

const words = ({ probe, sizeBytes, wait }: Cell) => `${probe} ${sizeBytes} ${wait}`;

describe('the plan of a comparison', () => {
  it('has the cells of both sides, and no others', async () => {
    const { cells } = await planned(['pipe', 'tcp:wait=spin'], { size: '1,4k' });
    expect(cells.map(words)).toEqual([
      'pipe 1 block',
      'pipe 4096 block',
      'tcp 1 spin',
      'tcp 4096 spin',
    ]);
  });

  it('has a cell for each side that wants it', async () => {
    const { cells, sides } = await planned(['pipe', 'pipe', 'pipe:wait=spin'], { size: '1' });
    expect(cells.map(words).sort()).toEqual(['pipe 1 block', 'pipe 1 block', 'pipe 1 spin']);
    expect(sides.map(({ label }) => label)).toEqual(['pipe (1)', 'pipe (2)', 'pipe:wait=spin']);
    const split = splitSides({ results: measured(cells) }, sides);
    expect(split.map((own) => own.map(({ wait }) => wait))).toEqual([
      ['block'],
      ['block'],
      ['spin'],
    ]);
  });

  it('gives a side the size and the pattern of another one’s, where no flag says', async () => {
    const { cells } = await planned(['pipe', 'tcp:size=4k,pattern=rpc,service-time=1us']);
    expect(
      cells.map(({ probe, sizeBytes, pattern, parameters }) => [
        ...[probe, sizeBytes, pattern, parameters.serviceNs],
      ]),
    ).toEqual([
      ['pipe', 4096, 'rpc', null],
      ['tcp', 4096, 'rpc', 1000],
    ]);
    const typed = await planned(['pipe', 'tcp:size=4k'], { size: '1,4k' });
    expect(typed.cells.map(words)).toEqual(['pipe 1 block', 'pipe 4096 block', 'tcp 4096 block']);
  });

  it('refuses an option that a side’s probe doesn’t take', async () => {
    await expect(planned(['pipe:sndbuf=4k', 'tcp:sndbuf=8k'])).rejects.toThrow(
      /sndbuf does not apply to pipe/,
    );
  });

  it('measures null once whatever the sizes', async () => {
    const { cells, sides } = await planned(['null', 'pipe'], { size: '1,4k' });
    expect(cells.map(words)).toEqual(['null 1 block', 'pipe 1 block', 'pipe 4096 block']);
    const split = splitSides({ results: measured(cells) }, sides);
    expect(split.map((own) => own.length)).toEqual([1, 2]);
  });
});

describe('pairingKeys', () => {
  async function keys(texts: readonly string[], flags: SettingsInput = {}) {
    const { sides, cells } = await planned(texts, flags);
    const byside = splitSides({ results: measured(cells) }, sides);
    return pairingKeys(sides).map((keyOf, index) => (byside[index] ?? []).map(keyOf));
  }

  it('pairs by values where sides have some in common', async () => {
    const [a, b] = await keys(['pipe', 'tcp:size=4k'], { size: '1,4k' });
    expect(a).toHaveLength(2);
    expect(b).toEqual([a?.[1]]);
  });

  it('pairs by position where they differ on purpose', async () => {
    const [a, b] = await keys(['tcp:sndbuf=4k,8k,wait=spin', 'tcp:sndbuf=16k,32k'], { size: '1' });
    expect(a).toHaveLength(2);
    expect(b).toEqual(a);
  });

  it('is the same key as the plan’s for measured cells', async () => {
    const { cells } = await planned(['tcp:sndbuf=4k', 'pipe'], { size: '1', placement: 'all' });
    for (const cell of cells) {
      const [result] = measured([cell]) as [CellResult];
      expect(placeKey(dimensionsOf(result))).toBe(placeKey(plannedDimensions(cell)));
    }
  });
});

describe('parseOperand', () => {
  const parse = (text: string) => parseOperand(text, probeDescriptors);

  it.each([
    ['tcp', 'tcp', {}],
    ['TCP:size=1,4k,wait=spin', 'tcp', { size: '1,4k', wait: 'spin' }],
    ['anonymous-pipe:size=1..4k', 'pipe', { size: '1..4k' }],
  ])('%s is a probe', async (text, name, own) => {
    expect(await parse(text)).toMatchObject({ kind: 'probe', probe: { name }, own });
  });

  it.each([
    ['@latest', '@latest', null],
    ['@-2', '@-2', null],
    ['@main', null, 'main'],
    ['baseline:v1.2', null, 'v1.2'],
    ['20261121T0315', '20261121T0315', null],
    ['results/a.json', 'results/a.json', null],
  ])('%s is saved', async (text, ref, baseline) => {
    expect(await parse(text)).toMatchObject({ kind: 'saved', ref, baseline });
  });

  it.each([
    ['pip', /There is no probe "pip"/],
    ['sockets', /stands for several probes/],
    ['tcp:', /isn't of the form/],
    ['tcp:spin', /isn't of the form/],
    ['tcp:wiat=spin', /no setting "wiat"/],
    ['tcp:trials=3', /trials is the same for all sides/],
    ['tcp:wait=spin,wait=block', /wait twice/],
  ])('%s is bad input', async (text, message) => {
    await expect(parse(text)).rejects.toThrow(message);
  });
});
