import { estimatePlanMs, fewestTrials } from './estimate.js';
import type { Cell, Plan, PrecisionOf, Unavailability } from './types.js';

/** A plan as `--dry-run` tells it. */
export interface PlanSummary {
  readonly cells: number;
  /** Cells that this machine can't run. */
  readonly unavailable: number;
  /** At least; more where a target precision asks for them. */
  readonly trials: number;
  readonly trials_per_cell: number;
  readonly max_trials: number;
  readonly max_trials_per_cell: number;
  /** Relative half-width of the intervals to be reached; null = a fixed number of trials. */
  readonly precision: number | null;
  /** Whose intervals those are; null without. */
  readonly precision_of: PrecisionOf | null;
  /** Trials of the null probe's cell that is no row, which only serves a footnote. */
  readonly harness_trials: number;
  readonly max_time_ns: number | null;
  readonly duration_ns: number;
  readonly warmup_ns: number;
  readonly estimate_s: number;
  readonly estimate_max_s: number;
  readonly seed: number;
  readonly plan: readonly PlannedCell[];
}

/** A row of the plan; null = does not apply, or left to the default. */
export interface PlannedCell {
  readonly probe: string;
  readonly pattern: Cell['pattern'];
  /** null = no payload is measured. */
  readonly size_bytes: number | null;
  readonly placement: Cell['placement'];
  readonly client_cpu: number | null;
  readonly server_cpu: number | null;
  readonly wait: Cell['wait'];
  readonly parameters: {
    readonly reply_bytes: number | null;
    readonly service_ns: number | null;
    readonly rate_per_s: number | null;
    readonly arrivals: string | null;
    readonly window: number | null;
    readonly backlog: number | null;
  };
  readonly options: Readonly<Record<string, string>>;
  readonly unavailable: Unavailability | null;
}

/** Sums a plan up. The cell that only serves a footnote is in the trials but not in the rows. */
export function summarizePlan(plan: Plan): PlanSummary {
  const rows = plan.cells.filter(
    ({ index }) => plan.harness === null || plan.harness.shown || index !== plan.harness.cell,
  );
  const [least, most] = estimatePlanMs(plan);
  return {
    cells: rows.length,
    unavailable: rows.filter((cell) => cell.unavailable !== null).length,
    trials: fewestTrials(plan),
    trials_per_cell: plan.minTrials,
    max_trials: plan.trials.length,
    max_trials_per_cell: plan.trialsPerCell,
    precision: plan.precision,
    precision_of: plan.precision === null ? null : plan.precisionOf,
    harness_trials: harnessTrials(plan),
    max_time_ns: plan.maxTimeNs,
    duration_ns: plan.durationNs,
    warmup_ns: plan.warmupNs,
    estimate_s: least / 1000,
    estimate_max_s: most / 1000,
    seed: plan.seed,
    plan: rows.map(plannedCell),
  };
}

function harnessTrials({ trials, harness }: Plan): number {
  if (harness === null || harness.shown) return 0;
  return trials.filter(({ cell }) => cell.index === harness.cell).length;
}

function plannedCell(cell: Cell): PlannedCell {
  const { parameters } = cell;
  return {
    probe: cell.probe,
    pattern: cell.pattern,
    size_bytes: cell.pattern === 'connect' ? null : cell.sizeBytes,
    placement: cell.placement,
    client_cpu: cell.clientCpu,
    server_cpu: cell.serverCpu,
    wait: cell.wait,
    parameters: {
      reply_bytes: parameters.replyBytes,
      service_ns: parameters.serviceNs,
      rate_per_s: parameters.rate,
      arrivals: parameters.arrivals,
      window: parameters.window,
      backlog: parameters.backlog,
    },
    options: cell.options,
    unavailable: cell.unavailable,
  };
}
