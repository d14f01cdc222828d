import type { HostFacts } from '../host/environment.js';
import type { Cell, Plan } from '../plan/types.js';
import { type CellResult, RESULT_SCHEMA_VERSION, type ResultDocument } from '../store/schema.js';
import { aggregateCell } from './aggregate.js';
import type { SessionRecord } from './session.js';

/** Which run it is, and where it was made. */
export interface RunIdentity {
  readonly id: string;
  readonly started: Date;
  /** The command line. */
  readonly command: string;
  /** ipcbench's version. */
  readonly version: string;
  readonly host: HostFacts;
}

/**
 * The document of a run, finished or not. Cells that have neither a trial nor a reason not to
 * have one are left out: the run was interrupted before they came up.
 *
 * @param ended null while the run goes on
 */
export function makeDocument(
  plan: Plan,
  record: SessionRecord,
  identity: RunIdentity,
  ended: Date | null,
): ResultDocument {
  const results = new Map<Cell, CellResult>();
  for (const cell of plan.cells) {
    const result = cellResult(cell, plan, record);
    if (result) results.set(cell, result);
  }
  const shown = plan.cells.filter((cell) => isShown(cell, plan));
  return {
    schema: RESULT_SCHEMA_VERSION,
    run: {
      id: identity.id,
      started: identity.started.toISOString(),
      ended: ended?.toISOString() ?? null,
      seed: plan.seed,
      command: identity.command,
      ipcbench: identity.version,
      complete: record.complete && ended !== null,
      host: { ...identity.host },
      plan: {
        duration_ns: plan.durationNs,
        warmup_ns: plan.warmupNs,
        trials: plan.trialsPerCell,
        time_limit_ns: plan.timeLimitNs,
      },
      harness: harnessFigures(results.get(plan.cells[plan.harness?.cell ?? -1] as Cell)),
    },
    results: shown.map((cell) => results.get(cell)).filter((result) => result !== undefined),
  };
}

/** The null probe's cell is no row when it was not asked for. */
function isShown(cell: Cell, plan: Plan): boolean {
  return plan.harness === null || plan.harness.shown || cell.index !== plan.harness.cell;
}

function cellResult(cell: Cell, plan: Plan, record: SessionRecord): CellResult | null {
  const entries = record.entries[cell.index] ?? [];
  if (entries.length === 0 && cell.unavailable === null) return null;
  return aggregateCell(
    cell,
    entries.map((entry) => entry.outcome),
    {
      trials: plan.trialsPerCell,
      seed: plan.seed,
      orders: entries.map((entry) => entry.order),
    },
  );
}

function harnessFigures(cell: CellResult | undefined): ResultDocument['run']['harness'] {
  const clockCosts = (cell?.per_trial ?? [])
    .map((trial) => trial.clock_cost_ns)
    .filter((cost) => cost !== null);
  return {
    null_op_ns: cell?.rtt_ns?.median ?? null,
    // The least disturbed calibration: a reading can only seem slower than it is.
    clock_cost_ns: clockCosts.length === 0 ? null : Math.min(...clockCosts),
  };
}
