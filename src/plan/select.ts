import { UserError } from '../errors.js';
import type { ProbeDescriptor } from '../probes/types.js';
import { nearest } from './edit-distance.js';
import type { Cell } from './types.js';

/** Families in the order of tables: what the others are judged by comes first. */
const FAMILY_ORDER: readonly ProbeDescriptor['family'][] = [
  'reference',
  'pipe',
  'socket',
  'system-v',
  'posix',
  'shared-memory',
  'signal',
  'rpc',
  'doors',
  'fast-sockets',
];

/** Descriptors in the order of tables: by family, then by name. */
export function inTableOrder(descriptors: readonly ProbeDescriptor[]): ProbeDescriptor[] {
  const rank = (d: ProbeDescriptor) => FAMILY_ORDER.indexOf(d.family);
  return [...descriptors].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

/**
 * Finds the probes that a name stands for. An alias that several descriptors share stands for
 * all of them.
 *
 * @param names as typed: names or aliases, in any letter case
 * @returns descriptors in the order given, each once
 * @throws UserError for an unknown name, with the nearest known one
 */
export function selectProbes(
  names: readonly string[],
  descriptors: readonly ProbeDescriptor[],
): ProbeDescriptor[] {
  const found = names.flatMap((name) => findProbes(name, descriptors));
  return [...new Set(found)];
}

/** Which probes are to be measured. */
export interface Selection {
  /** In the order of the table. */
  readonly probes: readonly ProbeDescriptor[];
  /**
   * Those that were named themselves rather than by a group, a plan or `--all`: what they can't
   * do at all is bad input, where the others have rows that say so.
   */
  readonly named: ReadonlySet<string>;
  /** Which of their cells, where the settings' lists make more than are wanted; absent = all. */
  readonly keeps?: (cell: Cell) => boolean;
}

/**
 * Chooses the probes of a run: every one, else those that were typed, else the plan's.
 *
 * @param typed names and groups on the command line
 * @param planned names and groups of a named plan; null = it has every probe; absent = no plan
 * @returns null when nothing says which
 * @throws UserError for an unknown name
 */
export function chooseProbes(
  typed: readonly string[],
  all: boolean,
  planned: readonly string[] | null | undefined,
  descriptors: readonly ProbeDescriptor[],
): Selection | null {
  const named = selectProbes(typed, descriptors);
  const every = all || (typed.length === 0 && planned === null);
  if (every) {
    const each = descriptors.filter(({ onlyByName }) => !onlyByName);
    return { probes: inTableOrder(each), named: new Set() };
  }
  if (typed.length > 0) return { probes: inTableOrder(named), named: namedBy(typed, descriptors) };
  if (!planned) return null;
  return { probes: inTableOrder(selectProbes(planned, descriptors)), named: new Set() };
}

/** An alias of one probe only is its name as well. */
function namedBy(
  names: readonly string[],
  descriptors: readonly ProbeDescriptor[],
): ReadonlySet<string> {
  const found = names.map((name) => findProbes(name, descriptors));
  const single = found.filter((group) => group.length === 1).flat();
  return new Set(single.map((descriptor) => descriptor.name));
}

/**
 * Finds the one probe that a name stands for.
 *
 * @throws UserError for an unknown name, and for a name that stands for several probes
 */
export function selectOneProbe(
  name: string,
  descriptors: readonly ProbeDescriptor[],
): ProbeDescriptor {
  const [first, ...others] = findProbes(name, descriptors);
  if (first === undefined || others.length > 0) {
    const list = [first, ...others].map((probe) => probe?.name).join(', ');
    throw new UserError(`"${name}" stands for several probes.`, [`Name one of them: ${list}.`]);
  }
  return first;
}

function findProbes(name: string, descriptors: readonly ProbeDescriptor[]): ProbeDescriptor[] {
  const wanted = name.toLowerCase();
  const exact = descriptors.find((descriptor) => descriptor.name === wanted);
  if (exact) return [exact];
  const group = descriptors.filter((descriptor) => descriptor.aliases.includes(wanted));
  if (group.length > 0) return inTableOrder(group);
  throw unknownProbe(name, descriptors);
}

function unknownProbe(name: string, descriptors: readonly ProbeDescriptor[]): UserError {
  const known = descriptors.flatMap((descriptor) => [descriptor.name, ...descriptor.aliases]);
  const suggestion = nearest(name.toLowerCase(), [...new Set(known)]);
  return new UserError(`There is no probe "${name}".`, [
    ...(suggestion === null ? [] : [`Did you mean "${suggestion}"?`]),
    'See what there is: ipcbench list',
  ]);
}
