import { describe, expect, it } from 'vitest';
import { COMPARE_DEFAULTS } from '../../src/plan/defaults.js';
import { FakeRunner } from '../../src/runner/fake.js';
import type { TrialProblem } from '../../src/runner/types.js';
import { carryOut } from '../../src/session/session.js';
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
    expect(record.records.map((entries) => entries.length)).toEqual([3, 3, 3]);
    const orders = record.records.flat().map((entry) => entry.order ?? -1);
    expect(orders.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('does not try a cell again whose first trial has no figures', async () => {
    const plan = makePlan(['pipe', 'tcp'], { trials: '4' });
    const runner = new FakeRunner(FAKE_PROBES, (trial) =>
      trial.cell.probe === 'tcp' ? failure : 1000,
    );
    const record = await carryOut(plan, runner, never);
    expect(record.records.map((entries) => entries.length)).toEqual([4, 1, 4]);
    expect(record.complete).toBe(true);
  });

  it('goes on with a cell that failed later', async () => {
    const plan = makePlan(['pipe'], { trials: '4' });
    const runner = new FakeRunner(FAKE_PROBES, (trial) =>
      trial.cell.probe === 'pipe' && trial.repetition === 1 ? failure : 1000,
    );
    const { records } = await carryOut(plan, runner, never);
    expect(records[0]?.map((record) => record.status)).toEqual(['ok', 'failed', 'ok', 'ok']);
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
    expect(record.records.flat()).toHaveLength(4);
    expect(runner.seen).toHaveLength(5);
  });

  it('tells of trials and blocks', async () => {
    const plan = makePlan(['pipe'], { trials: '2' });
    const told: string[] = [];
    await carryOut(plan, new FakeRunner(FAKE_PROBES), never, {
      onTrialStart: (_, { done, total }) => told.push(`start ${done}/${total}`),
      onProgress: (_, { phase }) => told.push(phase),
      onTrialEnd: (_, { status }, { done }) => told.push(`${status} ${done}`),
      onFinished: async ({ record }) => {
        told.push(`keep ${record.order}`);
      },
      onBlockEnd: (block, { done }) => told.push(`block ${block} ${done}`),
    });
    const one = (n: number) => [`start ${n - 1}/4`, 'timed', `keep ${n - 1}`, `ok ${n}`];
    const blocks = [...one(1), ...one(2), 'block 0 2', ...one(3), ...one(4), 'block 1 4'];
    expect(told).toEqual(blocks);
  });

  it('has nothing to do where nothing is available', async () => {
    const plan = makePlan(['pipe'], {}, []);
    const record = await carryOut(plan, new FakeRunner([]), never);
    expect(record).toEqual({ records: [[]], stops: [null], complete: true });
  });

  it('gives each trial the environment that the plan has for it, and records it', async () => {
    const plan = makePlan(['pipe'], { trials: '4' });
    const { records } = await carryOut(plan, new FakeRunner(FAKE_PROBES), never);
    for (const { cell, repetition, environmentBytes } of plan.trials) {
      expect(records[cell.index]?.[repetition]?.environment_bytes).toBe(environmentBytes);
    }
  });
});

/** A fake whose medians lie within `spread` of 1000 ns, by repetition. */
const spreadRunner = (spread: (probe: string) => number) =>
  new FakeRunner(FAKE_PROBES, ({ cell, repetition }) => {
    const wobble = ((repetition * 7) % 11) / 10 - 0.5;
    return 1000 * (1 + spread(cell.probe) * wobble);
  });

describe('with a target precision', () => {
  const input = { precision: '1%', trials: '5', 'max-trials': '20' };

  it('stops each cell by itself, when it is precise or at the cap', async () => {
    const plan = makePlan(['pipe', 'tcp'], input);
    const runner = spreadRunner((probe) => (probe === 'tcp' ? 0.3 : 0.001));
    const { records, stops, complete } = await carryOut(plan, runner, never);
    expect(plan.cells.map((cell) => cell.probe)).toEqual(['pipe', 'tcp', 'null']);
    expect(records.map((own) => own.length)).toEqual([5, 20, 5]);
    expect(stops).toEqual(['precision', 'max-trials', 'fixed']);
    expect(complete).toBe(true);
  });

  it('of ratios keeps the cells of a size together, so that no block lacks one', async () => {
    const plan = makePlan(
      ['pipe', 'tcp'],
      { ...input, trials: '6' },
      FAKE_PROBES,
      COMPARE_DEFAULTS,
    );
    // What both share in a block leaves their ratio alone; each median by itself is never precise.
    const shared = await carryOut(
      plan,
      spreadRunner(() => 0.3),
      never,
    );
    expect(shared.records.map((own) => own.length)).toEqual([6, 6, 5]);
    expect(shared.stops).toEqual(['precision', 'precision', 'fixed']);
    const own = await carryOut(
      plan,
      spreadRunner((probe) => (probe === 'tcp' ? 0.3 : 0.001)),
      never,
    );
    expect(own.records.map((records) => records.length)).toEqual([20, 20, 5]);
    expect(own.stops).toEqual(['max-trials', 'max-trials', 'fixed']);
  });

  it('of ratios goes by the median where only one cell has figures', async () => {
    const plan = makePlan(['pipe', 'tcp'], input, FAKE_PROBES, COMPARE_DEFAULTS);
    const runner = new FakeRunner(FAKE_PROBES, ({ cell }) =>
      cell.probe === 'tcp' ? failure : 1000,
    );
    const { records, stops } = await carryOut(plan, runner, never);
    expect(records.map((own) => own.length)).toEqual([5, 1, 5]);
    expect(stops).toEqual(['precision', null, 'fixed']);
  });

  it('has one trial of each cell that still needs one in each block', async () => {
    const plan = makePlan(['pipe', 'tcp', 'udp'], input);
    const runner = spreadRunner((probe) => (probe === 'tcp' ? 0.3 : 0.001));
    await carryOut(plan, runner, never);
    const probes = Array.from({ length: 20 }, (_, block) =>
      runner.seen.filter((it) => it.repetition === block).map((it) => it.cell.probe),
    ).map((names) => names.sort());
    expect(runner.seen.map((it) => it.repetition)).toEqual(
      runner.seen.map((it) => it.repetition).sort((a, b) => a - b),
    );
    const all = ['null', 'pipe', 'tcp', 'udp'];
    expect(probes).toEqual([...Array(5).fill(all), ...Array(15).fill(['tcp'])]);
  });

  it('lets the total fall when a cell has enough', async () => {
    const plan = makePlan(['pipe'], input);
    const totals: number[] = [];
    const { records } = await carryOut(
      plan,
      spreadRunner(() => 0.001),
      never,
      {
        onTrialEnd: (_, __, { total }) => totals.push(total),
      },
    );
    expect(totals[0]).toBe(25);
    expect(totals.at(-1)).toBe(records.flat().length);
  });

  it('stops at the same trials whatever the order of looking: from the records alone', async () => {
    const plan = makePlan(['pipe', 'tcp'], input);
    const whole = await carryOut(
      plan,
      spreadRunner(() => 0.05),
      never,
    );
    for (const cut of [1, 7, 16]) {
      const abort = new AbortController();
      const first = new FakeRunner(FAKE_PROBES, (trial, index) => {
        if (index === cut) abort.abort();
        const wobble = ((trial.repetition * 7) % 11) / 10 - 0.5;
        return 1000 * (1 + 0.05 * wobble);
      });
      const begun = await carryOut(plan, first, abort.signal);
      expect(begun.complete).toBe(false);
      const second = spreadRunner(() => 0.05);
      const rest = await carryOut(
        plan,
        second,
        never,
        {},
        {
          begun: { records: begun.records, elapsedMs: 0 },
        },
      );
      expect(rest).toEqual(whole);
      // Trials that the first one carried out, and those of the second: each once.
      expect([...first.seen.slice(0, cut), ...second.seen]).toHaveLength(
        whole.records.flat().length,
      );
    }
  });
});

describe('with a time limit', () => {
  const clock = () => {
    let ms = 0;
    return { now: () => ms, tick: () => (ms += 1000) };
  };

  it('gives no cell another trial after it, and each one at least', async () => {
    const plan = makePlan(['pipe', 'tcp'], { trials: '5', 'max-time': '7s' });
    const { now, tick } = clock();
    const runner = new FakeRunner(FAKE_PROBES, () => tick());
    const { records, stops, complete } = await carryOut(plan, runner, never, {}, { now });
    expect(records.map((own) => own.length).sort()).toEqual([2, 2, 3]);
    expect(stops).toEqual(['max-time', 'max-time', 'max-time']);
    expect(complete).toBe(true);
    const slow = new FakeRunner(FAKE_PROBES, () => tick() + tick() + tick());
    const short = makePlan(['pipe', 'tcp'], { trials: '5', 'max-time': '1s' });
    const first = await carryOut(short, slow, never, {}, { now });
    expect(first.records.map((own) => own.length)).toEqual([1, 1, 1]);
  });

  it('counts what earlier sessions took', async () => {
    const plan = makePlan(['pipe'], { trials: '5', 'max-time': '7s' });
    const { now, tick } = clock();
    const runner = new FakeRunner(FAKE_PROBES, () => tick());
    const begun = { records: [[], []], elapsedMs: 6000 };
    const { records } = await carryOut(plan, runner, never, {}, { now, begun });
    expect(records.map((own) => own.length)).toEqual([1, 1]);
  });
});

describe('the reason why a cell has no more trials', () => {
  it('is that the plan has so many', async () => {
    const { stops } = await carryOut(makePlan(['pipe']), new FakeRunner(FAKE_PROBES), never);
    expect(stops).toEqual(['fixed', 'fixed']);
  });

  it('is none where it could not be measured', async () => {
    const runner = new FakeRunner(FAKE_PROBES, ({ cell }) =>
      cell.probe === 'tcp' ? failure : 1000,
    );
    const { stops } = await carryOut(makePlan(['pipe', 'tcp']), runner, never);
    expect(stops).toEqual(['fixed', null, 'fixed']);
  });

  it('is the interruption where it had fewer than it needs', async () => {
    const abort = new AbortController();
    const runner = new FakeRunner(FAKE_PROBES, (_, index) => {
      if (index === 3) abort.abort();
      return 1000;
    });
    const { stops } = await carryOut(makePlan(['pipe'], { trials: '2' }), runner, abort.signal);
    expect([...stops].sort()).toEqual(['fixed', 'interrupted']);
  });
});
