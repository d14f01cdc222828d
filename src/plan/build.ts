import { UserError } from '../errors.js';
import type { CpuPair, PlacementResolution } from '../host/placement.js';
import type { ProbeDescriptor } from '../probes/types.js';
import type { NativeProbe } from '../runner/types.js';
import { createRandom } from '../stats/random.js';
import { HARNESS_TRIALS_MOST } from '../store/stopping.js';
import { asHarness, cellsOf, countCells, HARNESS_PROBE, misfit, type Placed } from './cells.js';
import type { Settings } from './settings.js';
import type { Cell, Placement, Plan, Trial } from './types.js';

/** More than this takes hours, and is more often a slip than a wish. */
export const CELLS_MAX = 20_000;
export const TRIALS_MAX = 20_000;
/** Of plans with a target precision: most cells need far fewer. */
export const TRIALS_MAX_ADAPTIVE = 200_000;
/** A page: stacks are aligned to 16 bytes, so it takes them through every offset within one. */
export const ENVIRONMENT_BYTES_MAX = 4096;

/** What a plan is made from. */
export interface PlanInput {
  /** Probes asked for, in the order of the table. */
  readonly probes: readonly ProbeDescriptor[];
  /** Those that were asked for by themselves, not by a group; see `Selection`. */
  readonly named?: ReadonlySet<string>;
  /** Which of their cells; see `Selection`. */
  readonly keeps?: (cell: Cell) => boolean;
  readonly settings: Settings;
  /** What was compiled and is available here. */
  readonly native: readonly NativeProbe[];
  readonly resolvePlacement: (placement: Placement) => PlacementResolution;
}

/**
 * Makes the plan: one cell per probe, pattern, size, parameter, placement, wait policy and
 * option, and the null probe's cell for the harness's own cost; then the trials, interleaved in
 * blocks in which every cell that can run here occurs once, each block shuffled by the seed.
 *
 * @throws UserError for the one placement that was asked for when the machine lacks it, for a
 *   pattern or option that a probe named by itself doesn't have, and for too many trials
 */
export function buildPlan(input: PlanInput): Plan {
  const { settings } = input;
  const places = settings.placements.flatMap((placement) => placesOf(placement, input));
  checkCount('cells', countCells(input, places), CELLS_MAX);
  const cells = input.probes
    .flatMap((probe) => cellsOf(probe, places, input))
    .filter(input.keeps ?? (() => true));
  checkNamed(cells, input);
  // Only a cell that runs tells what the harness costs.
  let harness = cells.findIndex((cell) => cell.probe === HARNESS_PROBE && !cell.unavailable);
  const harnessShown = harness >= 0;
  if (!harnessShown) {
    const cell = asHarness(places, input);
    if (cell) harness = cells.push(cell) - 1;
  }
  const numbered = cells.map((cell, index) => Object.freeze({ ...cell, index }));
  const available = numbered.filter((cell) => cell.unavailable === null);
  checkCount('trials', available.length * settings.trials, TRIALS_MAX);
  checkCount('possible trials', available.length * settings.maxTrials, TRIALS_MAX_ADAPTIVE);
  const hidden = harnessShown ? -1 : harness;
  const few = Math.min(settings.trials, HARNESS_TRIALS_MOST);
  const trials = interleave(numbered, settings.maxTrials, settings.seed).filter(
    ({ cell, repetition }) => cell.index !== hidden || repetition < few,
  );
  return Object.freeze({
    seed: settings.seed,
    durationNs: settings.durationNs,
    warmupNs: settings.warmupNs,
    trialsPerCell: settings.maxTrials,
    minTrials: settings.trials,
    precision: settings.precision,
    precisionOf: settings.precisionOf,
    maxTimeNs: settings.maxTimeNs,
    timeLimitNs: trialTimeLimitNs(settings),
    counters: settings.counters,
    cells: Object.freeze(numbered),
    trials: Object.freeze(trials),
    harness: harness < 0 ? null : Object.freeze({ cell: harness, shown: harnessShown }),
  });
}

/** Generous: it ends trials that hang, and never a slow one that still moves. In ns. */
function trialTimeLimitNs(settings: Settings): number {
  const serviceNs = Math.max(...settings.parameters.serviceNs.map((ns) => ns ?? 0));
  // The warm-up and the window each hold an operation at least.
  return 10e9 + 4 * (settings.warmupNs + settings.durationNs + 2 * serviceNs);
}

/**
 * Orders the trials: `repetitions` blocks, each holding every available cell once in a random
 * order of its own, so that drift of the machine meets all cells alike. Within a block those that
 * will be compared with each other, of one pattern and size, follow one another: what the machine
 * does in between is the less the closer they are.
 *
 * Each trial has a random amount of environment: where the stack begins depends on it, and one
 * layout for all trials would pass for a property of the mechanism (Mytkowicz, Diwan, Hauswirth &
 * Sweeney, "Producing Wrong Data Without Doing Anything Obviously Wrong!", ASPLOS 2009).
 */
export function interleave(cells: readonly Cell[], repetitions: number, seed: number): Trial[] {
  const random = createRandom(seed);
  // A generator of its own: the order of the trials doesn't depend on it.
  const layout = createRandom(createRandom(seed).uint32());
  const rivals = groupRivals(cells.filter((cell) => cell.unavailable === null));
  return Array.from({ length: repetitions }, (_, repetition) => {
    const order = random.shuffle(rivals).flatMap((group) => random.shuffle(group));
    return order.map((cell) => {
      const environmentBytes = layout.below(ENVIRONMENT_BYTES_MAX + 1);
      return Object.freeze({ cell, repetition, environmentBytes });
    });
  }).flat();
}

/** Cells by what they do, whatever does it. */
function groupRivals(cells: readonly Cell[]): Cell[][] {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = `${cell.pattern} ${cell.sizeBytes}`;
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()];
}

const ANYWHERE: CpuPair = { clientCpu: null, serverCpu: null };

function placesOf(placement: Placement, input: PlanInput): Placed[] {
  const resolution = input.resolvePlacement(placement);
  if ('pairs' in resolution) {
    return resolution.pairs.map((pair) => ({ placement, ...pair, unavailable: null }));
  }
  if (input.settings.placementRequired) {
    throw new UserError(`Placement ${placement} is not available: ${resolution.reason}.`, [
      'Use --placement free, or a machine (or cpuset) that has it.',
    ]);
  }
  const reason = `placement ${placement}: ${resolution.reason}`;
  return [{ placement, ...ANYWHERE, unavailable: { reason, remedy: null } }];
}

function checkCount(what: string, count: number, max: number): void {
  if (count <= max) return;
  throw new UserError(`The plan has ${count} ${what}; at most ${max} are carried out in one run.`, [
    'Every list multiplies the plan: shorten some, or give fewer probes or --trials.',
  ]);
}

function asSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Who names a probe wants to see it measured; rows that say "no" are for groups and lists. */
function checkNamed(cells: readonly Cell[], { named, native }: PlanInput): void {
  for (const name of named ?? []) {
    const own = cells.filter((cell) => cell.probe === name);
    const compiled = native.find((probe) => probe.name === name);
    if (!compiled || own.length === 0) continue;
    const misfits = own.map((cell) => misfit(cell, compiled));
    const [first] = misfits;
    if (!first || misfits.some((found) => found === null)) continue;
    throw new UserError(asSentence(first.reason), [
      asSentence(first.remedy),
      'Chosen by --all or by a group, a probe without it has a row that says so.',
    ]);
  }
}
