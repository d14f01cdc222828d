import { describe, expect, it } from 'vitest';
import { FakeRunner } from '../../src/runner/fake.js';
import type { TrialProblem } from '../../src/runner/types.js';
import { carryOut, type SessionRecord } from '../../src/session/session.js';
import { FAKE_PROBES, makePlan } from '../support/plan.js';

const never = new AbortController().signal;
const failure: TrialProblem = { status: 'failed', reason: 'broken', remedy: null };

describe('carryOut', () => {
  it('runs every trial in the order of the plan and keeps outcomes by cell', async () => {
    const plan = makePlan(['pipe', 'tcp'], { trials: '3' });
    const runner = new FakeRunner(FAKE_PROBES);
    const record = await carryOut(plan, runner, never);
    expect(runner.seen).toEqual(plan.trials);
    expect(record.complete).toBe(true);
    expect(record.entries.map((entries) => entries.length)).toEqual([3, 3, 3]);
    const orders = record.entries.flat().map((entry) => entry.order);
    expect(orders.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('does not try a cell again whose first trial has no figures', async () => {
    const plan = makePlan(['pipe', 'tcp'], { trials: '4' });
    const runner = new FakeRunner(FAKE_PROBES, (trial) =>
      trial.cell.probe === 'tcp' ? failure : 1000,
    );
    const record = await carryOut(plan, runner, never);
    expect(record.entries.map((entries) => entries.length)).toEqual([4, 1, 4]);
    expect(record.complete).toBe(true);
  });

  it('goes on with a cell that failed later', async () => {
    const plan = makePlan(['pipe'], { trials: '4' });
    const runner = new FakeRunner(FAKE_PROBES, (trial) =>
      trial.cell.probe === 'pipe' && trial.repetition === 1 ? failure : 1000,
    );
    const { entries } = await carryOut(plan, runner, never);
    expect(entries[0]?.map((entry) => entry.outcome.status)).toEqual(['ok', 'failed', 'ok', 'ok']);
  });

  it('ends at the signal and does not record the trial under way', async () => {
    const abort = new AbortController();
    const plan = makePlan(['pipe'], { trials: '5' });
    const runner = new FakeRunner(FAKE_PROBES, (_, index) => {
      if (index === 4) abort.abort();
      return 1000;
    });
    const record = await carryOut(plan, runner, abort.signal);
    expect(record.complete).toBe(false);
    expect(record.entries.flat()).toHaveLength(4);
    expect(runner.seen).toHaveLength(5);
  });

  it('tells of trials and blocks', async () => {
    const plan = makePlan(['pipe'], { trials: '2' });
    const told: string[] = [];
    const blocks: SessionRecord[] = [];
    await carryOut(plan, new FakeRunner(FAKE_PROBES), never, {
      onTrialStart: (_, { done, total }) => told.push(`start ${done}/${total}`),
      onProgress: (_, { phase }) => told.push(phase),
      onTrialEnd: (_, { status }, { done }) => told.push(`${status} ${done}`),
      onBlockEnd: (record) => {
        told.push('block');
        blocks.push({ ...record });
      },
    });
    const one = (n: number) => [`start ${n - 1}/4`, 'timed', `ok ${n}`];
    expect(told).toEqual([...one(1), ...one(2), 'block', ...one(3), ...one(4), 'block']);
    expect(blocks.map((block) => block.complete)).toEqual([false, true]);
  });

  it('has nothing to do where nothing is available', async () => {
    const plan = makePlan(['pipe'], {}, []);
    const record = await carryOut(plan, new FakeRunner([]), never);
    expect(record).toEqual({ entries: [[]], complete: true });
  });
});
