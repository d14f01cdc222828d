import { describe, expect, it } from 'vitest';
import { estimatePlanMs, estimateTrialMs } from '../../src/plan/estimate.js';
import { makePlan } from '../support/plan.js';

describe('the estimate', () => {
  it('counts window, warm-up and the pair’s own time for each trial', () => {
    const plan = makePlan(['pipe'], { trials: '4', duration: '200ms', warmup: '40ms' });
    expect(estimateTrialMs(plan)).toBeGreaterThan(240);
    expect(estimatePlanMs(plan)).toEqual([8 * estimateTrialMs(plan), 8 * estimateTrialMs(plan)]);
  });

  it('has a least and a most with a target precision, and ends at the time limit', () => {
    const input = { precision: '1%', trials: '5', 'max-trials': '20', duration: '1s' };
    const plan = makePlan(['pipe'], input);
    const one = estimateTrialMs(plan);
    // The harness has no target.
    expect(estimatePlanMs(plan)).toEqual([10 * one, 25 * one]);
    expect(estimatePlanMs(makePlan(['pipe'], { ...input, 'max-time': '3s' }))).toEqual([
      3000, 3000,
    ]);
  });
});
