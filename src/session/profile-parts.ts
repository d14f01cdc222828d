import { SAMPLE_CLASSES } from '../collect/attribution.js';
import type { TracedSide } from '../collect/bpftrace-output.js';
import type { SampledSide, SamplingFigures } from '../collect/samples.js';
import type { Side } from '../collect/types.js';
import type { PeerUsage, TrialMeasurement } from '../runner/types.js';
import { meanEstimate } from './profile-estimate.js';
import type { Estimate, Part, PartName } from './profile-types.js';

/** One trial, sampled or not. */
export interface AnatomyTrial {
  readonly measurement: TrialMeasurement;
  /** Null = nothing was sampled: processor time is only told apart by mode. */
  readonly sampling: SamplingFigures | null;
}

/** Parts of one trial's round trip, in ns per operation. */
type TrialParts = ReadonlyMap<PartName, number>;

/** Elapsed time per operation, by the clock of the side that times. */
export function elapsedNs({ windowNs, ops }: TrialMeasurement): number {
  return windowNs / ops;
}

/**
 * The parts of the elapsed time on one side, as means over trials.
 *
 * Samples say what the side did while it ran. getrusage's processor time is more than that: the
 * scheduler charges a task from when it is put on the queue of an idle processor, which then still
 * has to leave its idle loop. The difference is on the way from a wake-up, not idle. Where samples
 * come to more, they share out the processor time: a sample stands for its period only on average.
 *
 * @param runnableShare of the time in which it did not run, that was runnable; null = not traced
 */
export function anatomyParts(
  trials: readonly AnatomyTrial[],
  side: Side,
  runnableShare: number | null,
): Part[] {
  const each = trials.map((trial) => trialParts(trial, side, runnableShare));
  const names = [...new Set(each.flatMap((parts) => [...parts.keys()]))];
  const elapsed = meanEstimate(trials.map(({ measurement }) => elapsedNs(measurement))).value;
  return names.map((part) => {
    const { value, ci95 }: Estimate = meanEstimate(each.map((parts) => parts.get(part) ?? 0));
    return { part, ns: value, ci95_ns: ci95, share: value / elapsed };
  });
}

function trialParts(
  { measurement, sampling }: AnatomyTrial,
  side: Side,
  runnableShare: number | null,
): TrialParts {
  const usage = measurement[side];
  const chargedNs = usage.userNs + usage.systemNs;
  const found = sampling === null ? byMode(usage) : bySamples(sampling.sides[side]);
  const foundNs = found.reduce((sum, [, ns]) => sum + ns, 0);
  const excess = foundNs > chargedNs ? foundNs / chargedNs : 1;
  const busy = found.map(([part, ns]): [PartName, number] => [part, ns / excess]);
  const wakingNs = Math.max(0, chargedNs - foundNs);
  const awayNs = Math.max(0, usage.wallNs - chargedNs) + wakingNs;
  const wakeUpNs = Math.max(wakingNs, awayNs * (runnableShare ?? 0));
  const known = sampling !== null || runnableShare !== null;
  const away: [PartName, number][] = [
    ...(known ? [['wake-up', wakeUpNs] as [PartName, number]] : []),
    ['idle', awayNs - wakeUpNs],
  ];
  return new Map([...busy, ...away].map(([part, ns]) => [part, ns / usage.ops]));
}

function byMode({ userNs, systemNs }: PeerUsage): [PartName, number][] {
  return [
    ['user', userNs],
    ['system', systemNs],
  ];
}

function bySamples({ classNs }: SampledSide): [PartName, number][] {
  return SAMPLE_CLASSES.map((name) => [name, classNs[name]]);
}

/** Share of a side's time off the processor in which it could have run; null = not traced. */
export function runnableShare(traced: readonly TracedSide[]): number | null {
  if (traced.length === 0) return null;
  const sum = (of: (side: TracedSide) => number) =>
    traced.reduce((total, side) => total + of(side), 0);
  const off = sum(({ windowNs, onNs }) => Math.max(0, windowNs - onNs));
  return off === 0 ? 0 : Math.min(1, sum(({ runnableNs }) => runnableNs) / off);
}

/** Time that samples stand for, of the processor time by getrusage. */
export function sampleCoverage(trials: readonly AnatomyTrial[], side: Side): number | null {
  let sampledNs = 0;
  let busyNs = 0;
  for (const { measurement, sampling } of trials) {
    if (sampling === null) return null;
    const { userNs, systemNs } = sampling.sides[side];
    sampledNs += userNs + systemNs;
    busyNs += measurement[side].userNs + measurement[side].systemNs;
  }
  return busyNs === 0 ? null : sampledNs / busyNs;
}
