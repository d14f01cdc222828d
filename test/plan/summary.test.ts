import { describe, expect, it } from 'vitest';
import { summarizePlan } from '../../src/plan/summary.js';
import { fakeProbe } from '../../src/runner/fake.js';
import { makePlan } from '../support/plan.js';

describe('summarizePlan', () => {
  it('counts rows and trials, those of the harness among them', () => {
    const summary = summarizePlan(makePlan(['pipe', 'tcp'], { size: '1,4k', trials: '3' }));
    expect(summary).toMatchObject({ cells: 4, unavailable: 0, trials: 15, trials_per_cell: 3 });
    expect(summary.estimate_s).toBeGreaterThan(15 * 0.6);
    expect(summary.plan.map((cell) => cell.probe)).toEqual(['pipe', 'pipe', 'tcp', 'tcp']);
  });

  it('shows the null probe where it was asked for', () => {
    const { plan, trials } = summarizePlan(makePlan(['null', 'pipe']));
    expect(plan.map((cell) => cell.probe)).toEqual(['null', 'pipe']);
    expect(trials).toBe(10);
  });

  it('says what is not available', () => {
    const native = [fakeProbe('pipe', { available: false, reason: 'no', remedy: 'do' })];
    expect(summarizePlan(makePlan(['pipe'], {}, native))).toMatchObject({
      cells: 1,
      unavailable: 1,
      trials: 0,
      plan: [{ unavailable: { reason: 'no', remedy: 'do' } }],
    });
  });

  it('has no size where no payload is measured', () => {
    const [cell] = summarizePlan(makePlan(['tcp'], { pattern: 'connect', backlog: '4' })).plan;
    expect(cell).toMatchObject({ size_bytes: null, parameters: { backlog: 4, window: null } });
  });
});
