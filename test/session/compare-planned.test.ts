import { describe, expect, it } from 'vitest';
import { readHostFacts } from '../../src/host/environment.js';
import { buildPlan } from '../../src/plan/build.js';
import { resolveSettings } from '../../src/plan/settings.js';
import pipe from '../../src/probes/pipe.js';
import tcp from '../../src/probes/tcp.js';
import type { ProbeDescriptor } from '../../src/probes/types.js';
import { FakeRunner } from '../../src/runner/fake.js';
import { comparePlanned } from '../../src/session/compare-planned.js';
import { makeDocument } from '../../src/session/document.js';
import { carryOut } from '../../src/session/session.js';
import { FAKE_PROBES } from '../support/plan.js';

async function measured(probes: readonly ProbeDescriptor[]) {
  const plan = buildPlan({
    probes,
    settings: resolveSettings({ seed: '1', size: '1,4k' }, () => 0),
    native: FAKE_PROBES,
    resolvePlacement: () => ({ pairs: [{ clientCpu: null, serverCpu: null }] }),
  });
  const runner = new FakeRunner(
    FAKE_PROBES,
    ({ cell, repetition }) => (cell.probe === 'tcp' ? 3000 : 1000) + 10 * repetition,
  );
  const record = await carryOut(plan, runner, new AbortController().signal);
  const identity = {
    id: 'x',
    started: new Date(0),
    command: '',
    version: '0',
    host: readHostFacts(null, '/nonexistent'),
  };
  return makeDocument(plan, record, identity, new Date(1));
}

describe('comparePlanned', () => {
  it('pairs the sizes of two probes', async () => {
    const comparison = comparePlanned(await measured([pipe, tcp]), 'pipe', 'tcp');
    expect(comparison.pairs.map((pair) => pair.size_bytes)).toEqual([1, 4096]);
    expect(comparison.pairs[0]?.verdict).toBe('faster');
    expect(comparison.pairs[0]?.ratio).toBeCloseTo(3, 1);
    expect(comparison.unmatched).toEqual([]);
  });

  it('pairs a probe with itself', async () => {
    const comparison = comparePlanned(await measured([pipe, pipe]), 'pipe', 'pipe');
    expect(comparison).toMatchObject({ a: 'pipe (1)', b: 'pipe (2)', unmatched: [] });
    expect(comparison.pairs.map((pair) => pair.verdict)).toEqual([
      'not separated',
      'not separated',
    ]);
  });
});
