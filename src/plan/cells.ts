import type { CpuPair } from '../host/placement.js';
import type { ProbeDescriptor } from '../probes/types.js';
import type { NativeProbe } from '../runner/types.js';
import { combineParameters, NO_PARAMETERS } from './parameters.js';
import type { Settings } from './settings.js';
import { formatSize } from './sizes.js';
import type { Cell, Pattern, Placement, Unavailability, WaitPolicy } from './types.js';

/** The probe whose operation is empty: its figure is what the harness costs. */
export const HARNESS_PROBE = 'null';

/** Threads of the client that have an operation under way at the same time. */
export function clientsOf({ options }: Pick<Cell, 'options'>): number {
  // Where the option doesn't apply, one cell holds the whole list.
  return /^\d+$/.test(options.threads ?? '') ? Number(options.threads) : 1;
}

/** One place for the peers, or a placement that this machine lacks. */
export interface Placed extends CpuPair {
  readonly placement: Placement;
  readonly unavailable: Unavailability | null;
}

interface CellInput {
  readonly probes: readonly ProbeDescriptor[];
  readonly settings: Settings;
  readonly native: readonly NativeProbe[];
}

/** What is measured, and under which circumstances: together a cell without its number. */
type Subject = Pick<Cell, 'probe' | 'pattern' | 'sizeBytes' | 'parameters'>;
type Circumstances = Placed & Pick<Cell, 'wait' | 'options'>;

/** How many cells the probes' lists make, without making them. */
export function countCells(input: CellInput, places: readonly Placed[]): number {
  const counts = input.probes.map((probe) => {
    const compiled = findNative(probe.name, input.native);
    const circumstances = circumstancesOf(compiled, places, input.settings);
    return subjectsOf(probe, input.settings).length * circumstances.length;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The cells of one probe, in the order of the table. Their numbers are not yet theirs. */
export function cellsOf(
  probe: ProbeDescriptor,
  places: readonly Placed[],
  { settings, native }: CellInput,
): Cell[] {
  const compiled = findNative(probe.name, native);
  const circumstances = circumstancesOf(compiled, places, settings);
  return subjectsOf(probe, settings).flatMap((subject) =>
    circumstances.map((circumstance) => asCell(subject, circumstance, compiled)),
  );
}

function subjectsOf(probe: ProbeDescriptor, settings: Settings): Subject[] {
  return settings.patterns.flatMap((pattern) =>
    sizesOf(probe, pattern, settings).flatMap((sizeBytes) =>
      combineParameters(pattern, settings.parameters).map((parameters) => ({
        probe: probe.name,
        pattern,
        sizeBytes,
        parameters,
      })),
    ),
  );
}

function circumstancesOf(
  compiled: NativeProbe | undefined,
  places: readonly Placed[],
  settings: Settings,
): Circumstances[] {
  return places.flatMap((place) =>
    settings.waits.flatMap((wait) =>
      combineOptions(settings.options, compiled).map((options) => ({ ...place, wait, options })),
    ),
  );
}

/** The null probe's cell that only serves the footnote; null when it is not compiled. */
export function asHarness(places: readonly Placed[], input: CellInput): Cell | null {
  const compiled = findNative(HARNESS_PROBE, input.native);
  const place = places.find((candidate) => candidate.unavailable === null) ?? places[0];
  if (!compiled || !place) return null;
  const asked = input.settings.waits.find((wait) => compiled.waits.includes(wait));
  const subject: Subject = {
    probe: HARNESS_PROBE,
    pattern: 'echo',
    sizeBytes: 1,
    parameters: NO_PARAMETERS,
  };
  const wait = asked ?? (compiled.waits[0] as WaitPolicy | undefined) ?? 'block';
  return asCell(subject, { ...place, wait, options: {} }, compiled);
}

/** A pattern or an option that the probe doesn't have, and what it has; null = it fits. */
export function misfit(
  { pattern, options }: Pick<Cell, 'pattern' | 'options'>,
  probe: NativeProbe,
): { readonly reason: string; readonly remedy: string } | null {
  if (!probe.patterns.includes(pattern)) {
    return {
      reason: `pattern ${pattern} does not apply to ${probe.name}`,
      remedy: `its patterns are ${probe.patterns.join(', ')}`,
    };
  }
  const foreign = Object.keys(options).find((name) => !probe.options.includes(name));
  if (foreign === undefined) return null;
  const { options: own } = probe;
  return {
    reason: `option ${foreign} does not apply to ${probe.name}`,
    remedy: own.length === 0 ? 'it takes no options' : `its options are ${own.join(', ')}`,
  };
}

function findNative(name: string, native: readonly NativeProbe[]): NativeProbe | undefined {
  return native.find((candidate) => candidate.name === name);
}

/** Sizes mean nothing where no payload moves: one cell says it all. */
function sizesOf(probe: ProbeDescriptor, pattern: Pattern, settings: Settings): readonly number[] {
  const movesPayload = probe.copies.user + probe.copies.kernel > 0;
  return movesPayload && pattern !== 'connect' ? settings.sizes : [1];
}

/**
 * Every combination of the options asked for. The values of an option that the probe doesn't
 * take make one cell together, which will say so.
 */
function combineOptions(
  lists: Settings['options'],
  probe: NativeProbe | undefined,
): Readonly<Record<string, string>>[] {
  let combined: Readonly<Record<string, string>>[] = [{}];
  for (const [name, values] of Object.entries(lists)) {
    const choices = probe?.options.includes(name) ? values : together(values);
    combined = combined.flatMap((one) =>
      choices.map((value) => (value === null ? one : { ...one, [name]: value })),
    );
  }
  return combined.map((options) => Object.freeze(options));
}

function together(values: readonly (string | null)[]): (string | null)[] {
  const real = values.filter((value) => value !== null);
  return [
    ...(real.length < values.length ? [null] : []),
    ...(real.length > 0 ? [real.join(',')] : []),
  ];
}

function asCell(
  subject: Subject,
  { unavailable: unplaced, ...circumstances }: Circumstances,
  compiled: NativeProbe | undefined,
): Cell {
  const cell = { index: -1, ...subject, ...circumstances };
  return { ...cell, unavailable: whyUnavailable(cell, compiled) ?? unplaced };
}

function whyUnavailable(
  cell: Omit<Cell, 'unavailable'>,
  probe: NativeProbe | undefined,
): Unavailability | null {
  const because = (reason: string, remedy: string | null = null) => ({ reason, remedy });
  if (!probe) return because('not compiled into the native part', 'npm run build:native');
  if (!probe.available) return because(probe.reason ?? 'not available here', probe.remedy);
  const unfit = misfit(cell, probe);
  if (unfit) return because(unfit.reason);
  if (!probe.waits.includes(cell.wait)) {
    return because(`has no wait policy ${cell.wait}, only ${probe.waits.join(', ')}`);
  }
  return whyNotThatSize(cell, probe);
}

function whyNotThatSize(
  { sizeBytes, parameters }: Pick<Cell, 'sizeBytes' | 'parameters'>,
  probe: NativeProbe,
): Unavailability | null {
  const replyBytes = parameters.replyBytes ?? sizeBytes;
  if (Math.min(sizeBytes, replyBytes) < probe.sizeMin) {
    return { reason: `the smallest size is ${formatSize(probe.sizeMin)}`, remedy: null };
  }
  if (Math.max(sizeBytes, replyBytes) <= probe.sizeMax) return null;
  const bound = `the largest size here is ${formatSize(probe.sizeMax)}`;
  const reason = probe.reason ? `${bound}: ${probe.reason}` : bound;
  return { reason, remedy: probe.remedy };
}
