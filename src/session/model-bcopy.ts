import { relativeLine } from '../stats/cost-model-line.js';
import { copyCostNs, sourceOf } from '../store/bcopy.js';
import type { BcopyRecord, CalibrationRecord, CellResult } from '../store/schema.js';

/** What a byte costs when it is copied once. */
export interface BcopyBeta {
  /** warm: source and target in the core's own cache; cross: the source just written by another. */
  readonly source: BcopyRecord['source'];
  readonly beta_ns_per_byte: number;
}

/**
 * The slope of one copy over the sizes of a sweep, fitted as the sweep's own line: warm where both
 * peers had one processor, else with the source from the other one, where there is another.
 *
 * @param cells of the sweep
 * @returns null where the run wasn't calibrated, or the clock doesn't resolve the copies
 */
export function bcopyBeta(
  calibration: CalibrationRecord | null,
  cells: readonly CellResult[],
  sizes: readonly number[],
): BcopyBeta | null {
  const [cell] = cells;
  if (calibration === null || cell === undefined) return null;
  const { copies } = calibration;
  const trials = cells.flatMap((one) => one.per_trial);
  const crossIsKnown = copies.some(({ cross_ns }) => cross_ns !== null);
  const source = crossIsKnown ? sourceOf(cell, trials) : 'warm';
  const points = sizes.flatMap((bytes) => {
    const ns = copyCostNs(copies, bytes, source);
    return ns === null || ns <= 0 ? [] : [{ bytes, ns }];
  });
  if (points.length < 2) return null;
  return { source, beta_ns_per_byte: relativeLine(points).betaNsPerByte };
}
