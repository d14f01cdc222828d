import { UserError } from '../errors.js';
import type { PlacementResolution } from '../host/placement.js';
import type { ProbeDescriptor } from '../probes/types.js';
import type { NativeProbe } from '../runner/types.js';
import { createRandom } from '../stats/random.js';
import type { Settings } from './settings.js';
import { formatSize } from './sizes.js';
import type { Cell, Pattern, Placement, Plan, Trial, Unavailability, WaitPolicy } from './types.js';

/** The probe whose operation is empty: its figure is what the harness costs. */
export const HARNESS_PROBE = 'null';

/** What a plan is made from. */
export interface PlanInput {
  /** Probes asked for, in the order of the table. */
  readonly probes: readonly ProbeDescriptor[];
  readonly settings: Settings;
  /** What was compiled and is available here. */
  readonly native: readonly NativeProbe[];
  readonly resolvePlacement: (placement: Placement) => PlacementResolution;
}

/**
 * Makes the plan: one cell per probe, size, placement and wait policy, and the null probe's cell
 * for the harness's own cost; then the trials, interleaved in blocks in which every cell that
 * can run here occurs once, each block shuffled by the seed.
 *
 * @throws UserError when the machine lacks a placement that was asked for
 */
export function buildPlan(input: PlanInput): Plan {
  const { settings } = input;
  const placements = settings.placements.map((placement) => placed(placement, input));
  const cells = input.probes.flatMap((probe) => cellsOf(probe, placements, input));
  let harness = cells.findIndex((cell) => cell.probe === HARNESS_PROBE);
  const harnessShown = harness >= 0;
  if (!harnessShown) {
    const cell = harnessCell(placements, input);
    if (cell) harness = cells.push(cell) - 1;
  }
  const numbered = cells.map((cell, index) => Object.freeze({ ...cell, index }));
  return Object.freeze({
    seed: settings.seed,
    durationNs: settings.durationNs,
    warmupNs: settings.warmupNs,
    trialsPerCell: settings.trials,
    timeLimitNs: trialTimeLimitNs(settings),
    cells: Object.freeze(numbered),
    trials: Object.freeze(interleave(numbered, settings.trials, settings.seed)),
    harness: harness < 0 ? null : Object.freeze({ cell: harness, shown: harnessShown }),
  });
}

/** Generous: it ends trials that hang, and never a slow one that still moves. In ns. */
function trialTimeLimitNs(settings: Settings): number {
  return 10e9 + 4 * (settings.warmupNs + settings.durationNs);
}

/**
 * Orders the trials: `repetitions` blocks, each holding every available cell once in a random
 * order of its own, so that drift of the machine meets all cells alike.
 */
export function interleave(cells: readonly Cell[], repetitions: number, seed: number): Trial[] {
  const random = createRandom(seed);
  const available = cells.filter((cell) => cell.unavailable === null);
  return Array.from({ length: repetitions }, (_, repetition) =>
    random.shuffle(available).map((cell) => Object.freeze({ cell, repetition })),
  ).flat();
}

interface Placed {
  readonly placement: Placement;
  readonly clientCpu: number | null;
  readonly serverCpu: number | null;
}

function placed(placement: Placement, input: PlanInput): Placed {
  const resolution = input.resolvePlacement(placement);
  if ('reason' in resolution) {
    throw new UserError(`Placement ${placement} is not available: ${resolution.reason}.`, [
      'Use --placement free, or a machine (or cpuset) with more cores.',
    ]);
  }
  return { placement, clientCpu: resolution.clientCpu, serverCpu: resolution.serverCpu };
}

function cellsOf(
  probe: ProbeDescriptor,
  placements: readonly Placed[],
  { settings, native }: PlanInput,
): Cell[] {
  const compiled = native.find((candidate) => candidate.name === probe.name);
  // Sizes mean nothing to a probe that moves no payload: one row says it all.
  const movesPayload = probe.copies.user + probe.copies.kernel > 0;
  const sizes = movesPayload ? settings.sizes : [1];
  return sizes.flatMap((sizeBytes) =>
    placements.flatMap((place) =>
      settings.waits.map((wait) => makeCell(probe.name, sizeBytes, wait, place, compiled)),
    ),
  );
}

function harnessCell(placements: readonly Placed[], { settings, native }: PlanInput): Cell | null {
  const compiled = native.find((probe) => probe.name === HARNESS_PROBE);
  const place = placements[0];
  if (!compiled || !place) return null;
  const asked = settings.waits.find((wait) => compiled.waits.includes(wait));
  const wait = asked ?? (compiled.waits[0] as WaitPolicy | undefined) ?? 'block';
  return makeCell(HARNESS_PROBE, 1, wait, place, compiled);
}

function makeCell(
  probe: string,
  sizeBytes: number,
  wait: WaitPolicy,
  place: Placed,
  compiled: NativeProbe | undefined,
): Cell {
  const pattern: Pattern = 'echo';
  const unavailable = whyUnavailable(compiled, pattern, sizeBytes, wait);
  return { index: -1, probe, pattern, sizeBytes, ...place, wait, options: {}, unavailable };
}

function whyUnavailable(
  probe: NativeProbe | undefined,
  pattern: Pattern,
  sizeBytes: number,
  wait: WaitPolicy,
): Unavailability | null {
  const because = (reason: string, remedy: string | null = null) => ({ reason, remedy });
  if (!probe) return because('not compiled into the native part', 'npm run build:native');
  if (!probe.available) return because(probe.reason ?? 'not available here', probe.remedy);
  if (!probe.patterns.includes(pattern)) return because(`has no pattern ${pattern}`);
  if (!probe.waits.includes(wait)) {
    return because(`has no wait policy ${wait}, only ${probe.waits.join(', ')}`);
  }
  if (sizeBytes < probe.sizeMin)
    return because(`the smallest size is ${formatSize(probe.sizeMin)}`);
  if (sizeBytes > probe.sizeMax) {
    const bound = `the largest size here is ${formatSize(probe.sizeMax)}`;
    return because(probe.reason ? `${bound}: ${probe.reason}` : bound, probe.remedy);
  }
  return null;
}
