import { describe, expect, it } from 'vitest';
import { readHostFacts } from '../../src/host/environment.js';
import type { Plan } from '../../src/plan/types.js';
import { FakeRunner, fakeProbe } from '../../src/runner/fake.js';
import { makeDocument } from '../../src/session/document.js';
import { carryOut } from '../../src/session/session.js';
import { resultDocumentSchema } from '../../src/store/schema.js';
import { FAKE_PROBES, makePlan } from '../support/plan.js';

const identity = {
  id: '20260102T030405Z-abcd',
  started: new Date('2026-01-02T03:04:05Z'),
  command: 'ipcbench run pipe',
  version: '0.1.0',
  host: readHostFacts(null, '/nonexistent'),
};
const ended = new Date('2026-01-02T03:05:05Z');

async function documentOf(plan: Plan, stopAfter = Number.POSITIVE_INFINITY) {
  const abort = new AbortController();
  const runner = new FakeRunner(FAKE_PROBES, (trial, index) => {
    if (index >= stopAfter) abort.abort();
    return trial.cell.probe === 'null' ? 2 : 1000;
  });
  return makeDocument(plan, await carryOut(plan, runner, abort.signal), identity, ended);
}

describe('makeDocument', () => {
  it('is a document by its own schema', async () => {
    const document = await documentOf(makePlan(['tcp', 'udp', 'pipe']));
    expect(resultDocumentSchema.parse(document)).toEqual(document);
    expect(document.run).toMatchObject({
      id: identity.id,
      started: '2026-01-02T03:04:05.000Z',
      seed: 1,
      complete: true,
      plan: { trials: 5, duration_ns: 5e8 },
    });
    expect(document.results.map((cell) => cell.probe)).toEqual(['tcp', 'udp', 'pipe']);
  });

  it('has the harness’s cost, and the null probe’s row only when asked for', async () => {
    const without = await documentOf(makePlan(['pipe']));
    expect(without.run.harness.null_op_ns).toBeCloseTo(2);
    expect(without.run.harness.clock_cost_ns).toBe(20);
    expect(without.results.map((cell) => cell.probe)).toEqual(['pipe']);
    const asked = await documentOf(makePlan(['null', 'pipe']));
    expect(asked.results.map((cell) => cell.probe)).toEqual(['null', 'pipe']);
    expect(asked.run.harness.null_op_ns).toBeCloseTo(2);
  });

  it('says null of a harness that was not measured', async () => {
    const { run } = await documentOf(makePlan(['pipe'], {}, [fakeProbe('pipe')]));
    expect(run.harness).toEqual({ null_op_ns: null, clock_cost_ns: null });
  });

  it('keeps the cells of an interrupted run that have a trial, and no others', async () => {
    const plan = makePlan(['sockets', 'pipe'], { trials: '3' });
    const begun = plan.trials.slice(0, 2).map((trial) => trial.cell.probe);
    const { results, run } = await documentOf(plan, 2);
    expect(run.complete).toBe(false);
    expect(results.map((cell) => cell.probe).sort()).toEqual(
      begun.filter((name) => name !== 'null').sort(),
    );
    expect(results.every((cell) => cell.trials === 1 && cell.trials_planned === 3)).toBe(true);
  });

  it('has a row for what is not available', async () => {
    const native = [fakeProbe('pipe', { available: false, reason: 'no', remedy: 'do' })];
    const { results } = await documentOf(makePlan(['pipe'], {}, native));
    expect(results[0]).toMatchObject({ status: 'unavailable', reason: 'no', remedy: 'do' });
  });

  it('is not complete while the run goes on', async () => {
    const plan = makePlan(['pipe']);
    const record = await carryOut(plan, new FakeRunner(FAKE_PROBES), new AbortController().signal);
    const { run } = makeDocument(plan, record, identity, null);
    expect(run).toMatchObject({ complete: false, ended: null });
  });
});
