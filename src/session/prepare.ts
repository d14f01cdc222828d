import { resolvePlacement } from '../host/placement.js';
import { readTopology } from '../host/topology.js';
import { buildPlan } from '../plan/build.js';
import type { Selection } from '../plan/select.js';
import type { Settings } from '../plan/settings.js';
import type { Plan } from '../plan/types.js';
import type { Runner } from '../runner/types.js';

/** What is to be measured, and by whom. */
export interface PlanRequest {
  readonly selection: Selection;
  readonly settings: Settings;
  readonly runner: Runner;
}

export interface Prepared {
  readonly plan: Plan;
  /** Compiler of the native part; null = not known. */
  readonly compiler: string | null;
}

/**
 * Makes the plan for this machine, as it is configured now. Nothing is measured.
 *
 * @throws UserError for what can't be planned
 */
export async function prepare({ selection, settings, runner }: PlanRequest): Promise<Prepared> {
  const { compiler, probes: native } = await runner.describe();
  const topology = readTopology();
  const plan = buildPlan({
    ...selection,
    settings,
    native,
    resolvePlacement: (placement) => resolvePlacement(placement, topology),
  });
  return { plan, compiler };
}
