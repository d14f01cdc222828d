import { describe, expect, it } from 'vitest';
import { estimatePlanMs, estimateTrialMs } from '../../src/plan/estimate.js';
import { makePlan } from '../support/plan.js';

describe('the estimate', () => {
  it('counts window, warm-up and the pair’s own time for each trial', () => {
    const plan = makePlan(['pipe'], { trials: '4', duration: '200ms', warmup: '40ms' });
    expect(estimateTrialMs(plan)).toBeGreaterThan(240);
    expect(estimatePlanMs(plan)).toBe(8 * estimateTrialMs(plan));
  });
});
