import type { TracedSide } from '../collect/bpftrace-output.js';
import type { FiguresByCollector } from '../collect/registry.js';
import type { CollectorName, Side } from '../collect/types.js';
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

/**
 * A tracepoint that was passed over, which happens where other programs hold BPF up, shows as more
 * time on the processor than getrusage knows of.
 */
const ON_MOST = 1.05;

/** What tracing saw of one side, in the trials in which it missed nothing. */
export function tracedSides(
  arms: TrialsByArm,
  side: Side,
): { readonly measurement: TrialMeasurement; readonly traced: TracedSide }[] {
  return figuresOf(arms, 'bpftrace').flatMap(({ measurement, figures }) => {
    const traced = figures.sides[side];
    const { userNs, systemNs } = measurement[side];
    return traced.onNs <= ON_MOST * (userNs + systemNs) ? [{ measurement, traced }] : [];
  });
}
