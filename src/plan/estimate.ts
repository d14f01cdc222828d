import type { Plan } from './types.js';

/** Starting and reaping a pair of processes, until the first trials have shown what it takes. */
const OVERHEAD_GUESS_MS = 30;

/** How long one trial of the plan will take, in ms. */
export function estimateTrialMs({ durationNs, warmupNs }: Plan): number {
  return (durationNs + warmupNs) / 1e6 + OVERHEAD_GUESS_MS;
}

/** Trials that the plan has at least: the rest is for cells that are not precise enough by then. */
export function fewestTrials({ trials, minTrials }: Plan): number {
  return trials.filter(({ repetition }) => repetition < minTrials).length;
}

/** How long the plan will take at least and at most, in ms. */
export function estimatePlanMs(plan: Plan): readonly [least: number, most: number] {
  const perTrial = estimateTrialMs(plan);
  const least = fewestTrials(plan) * perTrial;
  const most = plan.trials.length * perTrial;
  const limit = plan.maxTimeNs === null ? Number.POSITIVE_INFINITY : plan.maxTimeNs / 1e6;
  return [Math.min(least, limit), Math.min(most, limit)];
}
