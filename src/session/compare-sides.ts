import { PATTERNS_WITH, type ParameterName } from '../plan/parameters.js';
import type { Selection } from '../plan/select.js';
import type { Settings, SettingsInput } from '../plan/settings.js';
import type { Cell, Pattern } from '../plan/types.js';
import type { ProbeDescriptor } from '../probes/types.js';
import type { CellResult, ResultDocument } from '../store/schema.js';
import type { ProbeOperand } from './compare-operand.js';
import {
  type Dimensions,
  dimensionsOf,
  optionDimension,
  placeKey,
  plannedDimensions,
} from './compare-place.js';

/** A side that is to be measured: a probe, and what is measured of it. */
export interface PlannedSide {
  readonly label: string;
  readonly probe: ProbeDescriptor;
  readonly settings: Settings;
}

/** Values of each dimension that a side has; null = not set. */
type Lists = Readonly<Record<string, readonly (string | null)[]>>;

/** Settings by which the operation is another one: a side without its own has the other side's. */
const INHERITED = ['pattern', 'size'] as const;

/** Dimensions of parameters, by the name that plans give them. */
const PARAMETER_DIMENSIONS: Readonly<Record<ParameterName, string>> = {
  replyBytes: 'reply_bytes',
  serviceNs: 'service_ns',
  rate: 'rate_per_s',
  arrivals: 'arrivals',
  window: 'window',
  backlog: 'backlog',
};

/**
 * Settings of each side: its own win over the flags. Pattern and size, which say what an operation
 * is, are also those of the first side that has its own, where neither the side nor the flags say.
 *
 * @param resolve settles flags, a named plan and defaults
 */
export async function planSides(
  operands: readonly ProbeOperand[],
  flags: SettingsInput,
  resolve: (typed: SettingsInput) => Promise<Settings>,
): Promise<PlannedSide[]> {
  const shared: Record<string, string> = {};
  for (const name of INHERITED) {
    const given = operands.find(({ own }) => own[name] !== undefined)?.own[name];
    if (flags[name] === undefined && given !== undefined) shared[name] = given;
  }
  const labels = distinctLabels(operands.map(({ label }) => label));
  const sides: PlannedSide[] = [];
  for (const [index, { probe, own }] of operands.entries()) {
    const settings = await resolve({ ...flags, ...shared, ...own });
    sides.push({ label: labels[index] as string, probe, settings });
  }
  return sides;
}

/** Labels that differ: `pipe (1)`, `pipe (2)` where the same one is given twice. */
export function distinctLabels(labels: readonly string[]): string[] {
  return labels.map((label, index) => {
    const twins = labels.filter((other) => other === label).length;
    if (twins === 1) return label;
    return `${label} (${labels.slice(0, index + 1).filter((other) => other === label).length})`;
  });
}

/** One plan's settings that make the cells of all sides, and more: `selectSides` chooses. */
export function unitedSettings(sides: readonly PlannedSide[]): Settings {
  const all = sides.map(({ settings }) => settings);
  const [first] = all as [Settings];
  const union = <T>(of: (settings: Settings) => readonly T[]): T[] => [...new Set(all.flatMap(of))];
  const placements = union((settings) => settings.placements);
  const names = union((settings) => Object.keys(settings.options));
  return {
    ...first,
    patterns: union((settings) => settings.patterns),
    sizes: union((settings) => settings.sizes),
    parameters: {
      replyBytes: union((settings) => settings.parameters.replyBytes),
      serviceNs: union((settings) => settings.parameters.serviceNs),
      rate: union((settings) => settings.parameters.rate),
      arrivals: union((settings) => settings.parameters.arrivals),
      window: union((settings) => settings.parameters.window),
      backlog: union((settings) => settings.parameters.backlog),
    },
    placements,
    placementRequired: placements.length === 1 && all.every((one) => one.placementRequired),
    waits: union((settings) => settings.waits),
    options: Object.fromEntries(
      names.map((name) => [name, union((settings) => settings.options[name] ?? [null])]),
    ),
  };
}

/**
 * Which cells the sides have: each as often as there are sides that have it, so that a probe that
 * is compared with itself has two of each. For one plan: the selection counts what it has kept.
 *
 * @param keeps narrows the sides' cells further, by side and key of the place
 */
export function selectSides(
  sides: readonly PlannedSide[],
  keeps: (side: PlannedSide, place: string) => boolean = () => true,
): Selection {
  const kept = new Map<string, number>();
  return {
    probes: sides.map(({ probe }) => probe),
    named: new Set(sides.map(({ probe }) => probe.name)),
    keeps: (cell: Cell) => {
      const dimensions = plannedDimensions(cell);
      const place = placeKey(dimensions);
      const wanted = sides.filter(
        (side) => has(side, cell.probe, dimensions) && keeps(side, place),
      ).length;
      const key = JSON.stringify([cell.probe, place]);
      const count = kept.get(key) ?? 0;
      if (count >= wanted) return false;
      kept.set(key, count + 1);
      return true;
    },
  };
}

/** The cells of each side in the document of their plan; equal ones go to the sides in turn. */
export function splitSides(
  document: Pick<ResultDocument, 'results'>,
  sides: readonly PlannedSide[],
): CellResult[][] {
  const cells: CellResult[][] = sides.map(() => []);
  const seen = new Map<string, number>();
  for (const cell of document.results) {
    const dimensions = dimensionsOf(cell);
    const key = JSON.stringify([cell.probe, placeKey(dimensions)]);
    const owners = sides.flatMap((side, index) =>
      has(side, cell.probe, dimensions) ? [index] : [],
    );
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    const owner = owners[count];
    if (owner !== undefined) cells[owner]?.push(cell);
  }
  return cells;
}

/**
 * What cells of the sides have in common that are compared with each other. A dimension in which
 * all sides have a value in common is compared value by value; one in which they differ on purpose
 * (`tcp:wait=spin` and `tcp:wait=block`), value by position in the lists.
 *
 * @returns for each side the key of one of its cells
 */
export function pairingKeys(sides: readonly PlannedSide[]): ((cell: CellResult) => string)[] {
  const lists = sides.map(listsOf);
  const names = [...new Set(lists.flatMap((one) => Object.keys(one)))];
  const differing = names.filter((name) => {
    const [first, ...others] = lists.map((one) => one[name] ?? [null]);
    return !first?.some((value) => others.every((other) => other.includes(value)));
  });
  return lists.map((own) => (cell: CellResult) => {
    const dimensions = { ...dimensionsOf(cell) };
    for (const name of differing) {
      const position = (own[name] ?? [null]).indexOf(dimensions[name] ?? null);
      dimensions[name] = position < 0 ? (dimensions[name] ?? '') : `#${position}`;
    }
    return placeKey(dimensions);
  });
}

function has(side: PlannedSide, probe: string, dimensions: Dimensions): boolean {
  if (side.probe.name !== probe) return false;
  const lists = listsOf(side);
  const pattern = dimensions.pattern as Pattern;
  const named = Object.keys({ ...lists, ...dimensions });
  return named.every((name) => {
    if (name === 'client' || name === 'server') return true;
    const value = dimensions[name] ?? null;
    const list = lists[name] ?? [null];
    // An option that the probe doesn't take has all its values in one cell.
    if (list.includes(value) || value?.split(',').some((part) => list.includes(part))) return true;
    if (name === 'size') return !movesPayload(side, pattern);
    return value === null && !applies(name, pattern);
  });
}

function listsOf({ settings }: PlannedSide): Lists {
  const parameters = Object.entries(PARAMETER_DIMENSIONS).map(([name, dimension]) => [
    dimension,
    texts(settings.parameters[name as ParameterName]),
  ]);
  const options = Object.entries(settings.options).map(([name, values]) => [
    optionDimension(name),
    values,
  ]);
  return {
    pattern: settings.patterns,
    size: texts(settings.sizes),
    placement: settings.placements,
    wait: settings.waits,
    ...Object.fromEntries(parameters),
    ...Object.fromEntries(options),
  };
}

function texts(values: readonly (string | number | null)[]): (string | null)[] {
  return values.map((value) => (value === null ? null : String(value)));
}

/** Where nothing travels one size stands for all. */
function movesPayload({ probe }: PlannedSide, pattern: Pattern): boolean {
  return probe.copies.user + probe.copies.kernel > 0 && pattern !== 'connect';
}

/** Parameters of other patterns aren't set. */
function applies(dimension: string, pattern: Pattern): boolean {
  const entry = Object.entries(PARAMETER_DIMENSIONS).find(([, name]) => name === dimension);
  return entry === undefined || PATTERNS_WITH[entry[0] as ParameterName].includes(pattern);
}
