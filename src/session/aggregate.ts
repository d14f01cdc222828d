import type { Cell } from '../plan/types.js';
import type { TrialOutcome } from '../runner/types.js';
import { cellResult } from '../store/cell-figures.js';
import type { CellResult } from '../store/schema.js';
import { cellHead } from './run-head.js';
import { trialRecord } from './trial-record.js';

export interface AggregateContext {
  /** Trials that the plan has for the cell. */
  readonly trials: number;
  /** The run's seed; the cell's bootstrap takes its own from it. */
  readonly seed: number;
  /** Position of each outcome's trial in the run as carried out, when known. */
  readonly orders?: readonly number[];
}

/**
 * One cell's result from the outcomes of its trials; see `cellResult`.
 *
 * @param outcomes by repetition, from 0; fewer than planned while a run goes on
 */
export function aggregateCell(
  cell: Cell,
  outcomes: readonly TrialOutcome[],
  context: AggregateContext,
): CellResult {
  const records = outcomes.map((outcome, repetition) => {
    const order = context.orders?.[repetition] ?? null;
    return trialRecord(outcome, {
      pattern: cell.pattern,
      repetition,
      order,
      environmentBytes: null,
    });
  });
  const { trials, seed } = context;
  return cellResult(cellHead(cell), records, { index: cell.index, trials, seed });
}
