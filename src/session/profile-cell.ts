import { bySide, type Side } from '../collect/types.js';
import type { Cell } from '../plan/types.js';
import type { TrialProblem } from '../runner/types.js';
import { type Pair, pairedRatio } from '../stats/paired.js';
import { median } from '../stats/quantile.js';
import type { CollectedTrial } from './collect-trial.js';
import { figuresOf, type TrialsByArm, tracedSides } from './profile-arms.js';
import { meanEstimate } from './profile-estimate.js';
import {
  type AnatomyTrial,
  anatomyParts,
  elapsedNs,
  runnableShare,
  sampleCoverage,
} from './profile-parts.js';
import { callRows, counterRows, modeSplits, unattributedRows, wakeUps } from './profile-rows.js';
import type { FoldedStacks, Overhead, ProfiledCell, SideProfile } from './profile-types.js';
import { cellHead } from './run-head.js';
import { sampleMedianNs } from './times.js';

/** Of the processor time by getrusage, part of which a task is charged before it runs. */
const COVERAGE_LEAST = 0.4;
const COVERAGE_MOST = 1.1;
const OTHERS_TOLERANCE = 0.05;
const UNATTRIBUTED_TOLERANCE = 0.05;

/** A cell that could not be profiled. */
export function problemCell(cell: Cell, problem: TrialProblem): ProfiledCell {
  const status = problem.status === 'unavailable' ? 'unavailable' : 'failed';
  const { reason, remedy } = problem;
  const nothing = { elapsed_ns: null, elapsed_ci95_ns: null, plain_median_ns: null, trials: 0 };
  const empty = { sides: null, overhead: [], notes: [] };
  return { ...placeOf(cell), status, reason, remedy, ...nothing, ...empty };
}

/** A cell's figures from its trials, of which there is at least one. */
export function profiledCell(cell: Cell, arms: TrialsByArm): ProfiledCell {
  const trials = anatomyTrials(arms);
  const elapsed = meanEstimate(trials.map(({ measurement }) => elapsedNs(measurement)));
  const sides = bySide((side) => sideProfile(side, trials, arms, elapsed.value));
  const plain = mediansOf(arms.get('plain') ?? []);
  return {
    ...placeOf(cell),
    ...{ status: 'ok' as const, reason: null, remedy: null },
    elapsed_ns: elapsed.value,
    elapsed_ci95_ns: elapsed.ci95,
    plain_median_ns: plain.length === 0 ? null : median(plain),
    trials: trials.length,
    sides,
    overhead: overheads(arms, plain),
    notes: [...notesOf(trials, sides), ...counterNotes(arms)],
  };
}

function placeOf(cell: Cell) {
  const { probe, pattern, size_bytes, parameters, options, ...rest } = cellHead(cell);
  const { placement, client_cpu, server_cpu, wait } = rest;
  return {
    ...{ probe, pattern, size_bytes, parameters, options },
    ...{ placement, client_cpu, server_cpu, wait },
  };
}

/** The trials that parts are of: the sampled ones, else the plain ones. */
function anatomyTrials(arms: TrialsByArm): AnatomyTrial[] {
  const sampled = figuresOf(arms, 'perf-sampling');
  if (sampled.length > 0) {
    return sampled.map(({ measurement, figures }) => ({ measurement, sampling: figures }));
  }
  const [first = []] = [arms.get('plain'), ...arms.values()].filter((own) => own?.length);
  return first.map(({ measurement }) => ({ measurement, sampling: null }));
}

function sideProfile(
  side: Side,
  trials: readonly AnatomyTrial[],
  arms: TrialsByArm,
  elapsed: number,
): SideProfile {
  const traced = tracedSides(arms, side).map((trial) => trial.traced);
  const parts = anatomyParts(trials, side, runnableShare(traced));
  const sumNs = parts.reduce((sum, { ns }) => sum + ns, 0);
  return {
    parts,
    sum_ns: sumNs,
    sum_share: sumNs / elapsed,
    sample_coverage: sampleCoverage(trials, side),
    ...unattributedRows(trials, side),
    modes: modeSplits(trials, arms, side),
    wake_ups: wakeUps(arms, side),
    system_calls: callRows(arms, side),
    counters: counterRows(arms, side),
  };
}

function mediansOf(trials: readonly CollectedTrial[]): number[] {
  return trials.map(({ measurement }) => sampleMedianNs(measurement) ?? elapsedNs(measurement));
}

/** Within rounds: what the machine does slowly meets both trials of one. */
function overheads(arms: TrialsByArm, plain: readonly number[]): Overhead[] {
  return [...arms].flatMap(([arm, trials]) => {
    if (arm === 'plain' || trials.length === 0) return [];
    const medians = mediansOf(trials);
    const rounds = medians
      .slice(0, plain.length)
      .map((collected, round): Pair => [plain[round] as number, collected]);
    const { ratio, ci95 } = pairedRatio(rounds);
    const figures = { trials: trials.length, median_ns: median(medians), ratio };
    return [{ collector: arm, ...figures, ratio_ci95: ci95 }];
  });
}

function notesOf(
  trials: readonly AnatomyTrial[],
  sides: Readonly<Record<Side, SideProfile>>,
): string[] {
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const bySideNotes = Object.entries(sides).flatMap(([side, profile]) => {
    const { sample_coverage: coverage, unattributed_share: unattributed } = profile;
    const notes: string[] = [];
    if (coverage !== null && (coverage < COVERAGE_LEAST || coverage > COVERAGE_MOST)) {
      notes.push(
        `${side}: samples stand for ${percent(coverage)} of its processor time; their shares are less certain`,
      );
    }
    if (unattributed !== null && unattributed > UNATTRIBUTED_TOLERANCE) {
      notes.push(`${side}: ${percent(unattributed)} of the samples belong to no known function`);
    }
    return notes;
  });
  const others = trials.map(({ sampling }) => sampling?.othersShare ?? 0);
  const most = Math.max(0, ...others);
  const lost = trials.reduce((sum, { sampling }) => sum + (sampling?.lost ?? 0), 0);
  return [
    ...bySideNotes,
    ...(most > OTHERS_TOLERANCE
      ? [`other processes had up to ${percent(most)} of the processors: the figures are disturbed`]
      : []),
    ...(lost > 0 ? [`${lost} samples were lost`] : []),
  ];
}

/** Why counters are missing, and where they took turns. */
function counterNotes(arms: TrialsByArm): string[] {
  const counted = figuresOf(arms, 'perf-counters').map(({ figures }) => figures.client);
  const missing = counted.find((one) => one.missing !== null)?.missing;
  const least = Math.min(1, ...counted.map((one) => one.counted));
  return [
    ...(missing ? [`perf-counters: ${missing}`] : []),
    ...(least < 1 && least > 0
      ? [
          `perf-counters: events took turns; values are scaled from ${(100 * least).toFixed(0)} % of the time`,
        ]
      : []),
  ];
}

/** Folded stacks of a cell, in ns per operation. */
export function cellStacks(name: string, arms: TrialsByArm): FoldedStacks {
  const stacks = new Map<string, number>();
  const sampled = figuresOf(arms, 'perf-sampling');
  for (const { measurement, figures } of sampled) {
    for (const side of ['client', 'server'] as const) {
      const { ops } = measurement[side];
      for (const [chain, ns] of figures.sides[side].stacks) {
        const key = `${name};${side};${chain}`;
        stacks.set(key, (stacks.get(key) ?? 0) + ns / ops / sampled.length);
      }
    }
  }
  return stacks;
}
