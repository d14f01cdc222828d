import { type CellHead, cellResult } from './cell-figures.js';
import {
  type CellResult,
  RESULT_SCHEMA_VERSION,
  type ResultDocument,
  type RunRecord,
  type TrialRecord,
} from './schema.js';
import type { StopReason } from './stopping.js';
import { stoppingRules } from './stopping-groups.js';

/** A run before its first trial: all of its document that doesn't come from measurements. */
export interface RunHead {
  readonly run: Pick<
    RunRecord,
    | 'id'
    | 'started'
    | 'command'
    | 'ipcbench'
    | 'host'
    | 'calibration'
    | 'calibration_note'
    | 'split_resolution_us'
  > & {
    readonly seed: number;
    readonly plan: NonNullable<RunRecord['plan']>;
  };
  /** The cells of the plan, in its order. */
  readonly cells: readonly CellHead[];
  /** Which of them is the null probe's; `shown` = it was asked for, and is a row. */
  readonly harness: { readonly cell: number; readonly shown: boolean } | null;
}

/** What has come of it so far. */
export interface RunState {
  /** Trials of each cell, by repetition. */
  readonly records: readonly (readonly TrialRecord[])[];
  /** Why each cell has no more; null = it could not be measured. */
  readonly stops: readonly (StopReason | null)[];
  readonly complete: boolean;
  /** Null while the run goes on, and when nobody knows when it ended. */
  readonly ended: string | null;
  readonly resumed: NonNullable<RunRecord['resumed']>;
}

/**
 * The document of a run, finished or not. Cells that have neither a trial nor a reason not to
 * have one are left out: the run was interrupted before they came up.
 */
export function runDocument(head: RunHead, state: RunState): ResultDocument {
  const { run, harness } = head;
  const results = head.cells.map((_, index) => resultOf(index, head, state));
  const hidden = harness === null || harness.shown ? -1 : harness.cell;
  return {
    schema: RESULT_SCHEMA_VERSION,
    run: {
      id: run.id,
      started: run.started,
      ended: state.ended,
      seed: run.seed,
      command: run.command,
      ipcbench: run.ipcbench,
      complete: state.complete && state.ended !== null,
      host: { ...run.host },
      plan: { ...run.plan },
      harness: harnessFigures(results[harness?.cell ?? -1] ?? null),
      calibration: run.calibration,
      calibration_note: run.calibration_note,
      split_resolution_us: run.split_resolution_us,
      ...(state.resumed.length > 0 && { resumed: [...state.resumed] }),
    },
    results: results.filter((result, index) => result !== null && index !== hidden) as CellResult[],
  };
}

function resultOf(index: number, head: RunHead, state: RunState): CellResult | null {
  const cell = head.cells[index];
  const records = state.records[index] ?? [];
  if (cell === undefined || (records.length === 0 && cell.unavailable === null)) return null;
  const stopped = state.stops[index] ?? null;
  const { maxTrials } = stoppingRules(head, index);
  return cellResult(cell, records, {
    index,
    // What was precise before the cap lacks nothing.
    trials: stopped === 'precision' ? records.length : maxTrials,
    seed: head.run.seed,
    stopped,
    calibration: head.run.calibration,
  });
}

function harnessFigures(cell: CellResult | null): RunRecord['harness'] {
  const clockCosts = (cell?.per_trial ?? [])
    .map((trial) => trial.clock_cost_ns)
    .filter((cost) => cost !== null);
  return {
    null_op_ns: cell?.rtt_ns?.median ?? null,
    // The least disturbed calibration: a reading can only seem slower than it is.
    clock_cost_ns: clockCosts.length === 0 ? null : Math.min(...clockCosts),
  };
}
