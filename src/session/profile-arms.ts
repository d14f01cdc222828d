import type { FiguresByCollector } from '../collect/registry.js';
import type { CollectorName } from '../collect/types.js';
import type { TrialMeasurement } from '../runner/types.js';
import type { CollectedTrial } from './collect-trial.js';

/** What a trial had beside it; `plain` = nothing. */
export type Arm = 'plain' | CollectorName;

/** The trials of one cell, by what was collected. */
export type TrialsByArm = ReadonlyMap<Arm, readonly CollectedTrial[]>;

/** Everything that was collected of one kind, by trial. */
export function figuresOf<Name extends CollectorName>(
  arms: TrialsByArm,
  name: Name,
): { readonly measurement: TrialMeasurement; readonly figures: FiguresByCollector[Name] }[] {
  return (arms.get(name) ?? []).flatMap(({ measurement, figures }) => {
    const own = figures[name];
    return own === undefined ? [] : [{ measurement, figures: own as FiguresByCollector[Name] }];
  });
}
