import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { probeDescriptors } from '../../src/generated/probe-index.js';
import {
  asHarness,
  cellsOf,
  clientsOf,
  countCells,
  misfit,
  type Placed,
} from '../../src/plan/cells.js';
import { PATTERNS } from '../../src/plan/parameters.js';
import { selectProbes } from '../../src/plan/select.js';
import { resolveSettings, type SettingsInput, WAIT_POLICIES } from '../../src/plan/settings.js';
import { fakeProbe } from '../../src/runner/fake.js';

const anywhere: Placed = {
  placement: 'free',
  clientCpu: null,
  serverCpu: null,
  unavailable: null,
};

function inputOf(names: readonly string[], settings: SettingsInput) {
  return {
    probes: selectProbes(names, probeDescriptors),
    settings: resolveSettings({ seed: '1', ...settings }, () => 0),
    native: [
      fakeProbe('null', { waits: ['block'], patterns: ['echo'] }),
      fakeProbe('pipe', { options: ['chunk', 'ready'] }),
      fakeProbe('tcp', { options: ['chunk', 'ready', 'calls'] }),
    ],
  };
}

describe('countCells', () => {
  const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
  const listOf = <T>(values: readonly T[]) => some(values).map((chosen) => chosen.join(','));

  it('counts what cellsOf makes, each once', () => {
    const settings = fc.record({
      pattern: listOf(PATTERNS),
      size: listOf(['1', '64', '4k']),
      wait: listOf(WAIT_POLICIES),
      calls: listOf(['read-write', 'send-recv']),
      ready: listOf(['none', 'poll', 'epoll']),
    });
    const places = some<Placed>([anywhere, { ...anywhere, placement: 'same-core', clientCpu: 0 }]);
    fc.assert(
      fc.property(some(['null', 'pipe', 'tcp', 'futex']), settings, places, (names, typed, at) => {
        const input = inputOf(names, typed);
        const cells = input.probes.flatMap((probe) => cellsOf(probe, at, input));
        expect(cells).toHaveLength(countCells(input, at));
        const identities = cells.map(({ unavailable: _, ...cell }) => JSON.stringify(cell));
        expect(new Set(identities).size).toBe(cells.length);
      }),
    );
  });
});

describe('cellsOf', () => {
  it('has the probe’s own reason before the place’s', () => {
    const lacking = { ...anywhere, unavailable: { reason: 'no such place', remedy: null } };
    const input = inputOf(['pipe', 'futex'], { size: '1' });
    const reasons = input.probes.flatMap((probe) =>
      cellsOf(probe, [lacking], input).map((cell) => cell.unavailable?.reason),
    );
    expect(reasons).toEqual(['no such place', 'not compiled into the native part']);
  });
});

describe('asHarness', () => {
  it('is an echo in the first place that there is', () => {
    const lacking: Placed = {
      ...anywhere,
      placement: 'smt',
      unavailable: { reason: 'no', remedy: null },
    };
    const input = inputOf(['pipe'], { wait: 'spin', pattern: 'stream' });
    expect(asHarness([lacking, anywhere], input)).toMatchObject({
      probe: 'null',
      pattern: 'echo',
      placement: 'free',
      wait: 'block',
      unavailable: null,
    });
  });

  it('is null without the null probe', () => {
    expect(asHarness([anywhere], { ...inputOf(['pipe'], {}), native: [] })).toBeNull();
  });
});

describe('clientsOf', () => {
  it.each([
    [{}, 1],
    [{ threads: '1' }, 1],
    [{ threads: '64' }, 64],
    [{ threads: '1,2,4' }, 1],
  ] as const)('%j is %i', (options, clients) => {
    expect(clientsOf({ options })).toBe(clients);
  });

  it('is one for a probe that does not take threads, however many were asked for', () => {
    const input = inputOf(['pipe'], { size: '1', threads: '1,2,4' });
    const cells = input.probes.flatMap((probe) => cellsOf(probe, [anywhere], input));
    expect(cells.map(clientsOf)).toEqual([1]);
    expect(cells[0]?.unavailable?.reason).toBe('option threads does not apply to pipe');
  });
});

describe('misfit', () => {
  const probe = fakeProbe('pipe', { patterns: ['echo'], options: ['chunk'] });

  it.each([
    ['echo', {}, null],
    ['echo', { chunk: '1' }, null],
    ['stream', {}, 'pattern stream does not apply to pipe'],
    ['echo', { chunk: '1', calls: 'send-recv' }, 'option calls does not apply to pipe'],
  ] as const)('of %s with %j is %j', (pattern, options, reason) => {
    expect(misfit({ pattern, options }, probe)?.reason ?? null).toBe(reason);
  });

  it('says what there is', () => {
    expect(misfit({ pattern: 'load', options: {} }, probe)?.remedy).toBe('its patterns are echo');
    const plain = fakeProbe('null', { options: [] });
    const calls = { calls: 'send-recv' };
    expect(misfit({ pattern: 'echo', options: calls }, plain)?.remedy).toBe('it takes no options');
  });
});
