import type { Plan } from './types.js';

/** Starting and reaping a pair of processes, until the first trials have shown what it takes. */
const OVERHEAD_GUESS_MS = 60;

/** How long one trial of the plan will take, in ms. */
export function estimateTrialMs({ durationNs, warmupNs }: Plan): number {
  return (durationNs + warmupNs) / 1e6 + OVERHEAD_GUESS_MS;
}

/** How long the plan will take, in ms. */
export function estimatePlanMs(plan: Plan): number {
  return plan.trials.length * estimateTrialMs(plan);
}
