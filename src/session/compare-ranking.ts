import type { CellResult } from '../store/schema.js';
import { comparedCell, quotient } from './compare.js';
import type { ComparedPair, RankedCell, Ranking } from './compare-types.js';

/** A side's cell at a place. */
export interface Entry {
  readonly side: string;
  readonly cell: CellResult;
}

/**
 * Ranks the sides of one place by their medians.
 *
 * @param pairs all pairs of the entries, each once
 */
export function rank(entries: readonly Entry[], pairs: readonly ComparedPair[]): Ranking | null {
  const [first] = pairs;
  if (first === undefined) return null;
  const cells = entries
    .map(({ side, cell }) => comparedCell(cell, side))
    .sort((a, b) => (a.median_ns ?? Infinity) - (b.median_ns ?? Infinity));
  const [fastest] = cells;
  const letters = groupLetters(
    cells.map(({ side }) => side),
    (a, b) => findPair(pairs, a, b)?.pair.verdict ?? 'not comparable',
  );
  return {
    place: first,
    cells: cells.map((cell, index): RankedCell => {
      const { ratio, ci95 } = ratioTo(fastest?.side ?? '', cell.side, pairs);
      const cpu_ratio = quotient(cell.cpu_ns_per_op, fastest?.cpu_ns_per_op ?? null);
      const group = letters[index] ?? '';
      return { ...cell, ratio, ratio_ci95: ci95, cpu_ratio, group };
    }),
  };
}

/** The pair of two sides, and whether it has them the other way round. */
function findPair(pairs: readonly ComparedPair[], a: string, b: string) {
  const pair = pairs.find((one) => one.a.side === a && one.b.side === b);
  if (pair !== undefined) return { pair, reversed: false };
  const other = pairs.find((one) => one.a.side === b && one.b.side === a);
  return other === undefined ? null : { pair: other, reversed: true };
}

function ratioTo(fastest: string, side: string, pairs: readonly ComparedPair[]) {
  const found = fastest === side ? null : findPair(pairs, fastest, side);
  const none = { ratio: null, ci95: null };
  if (found === null || found.pair.ratio === null) return none;
  const { ratio, ci95 } = found.pair;
  if (!found.reversed) return { ratio, ci95 };
  return { ratio: 1 / ratio, ci95: ci95 && ([1 / ci95[1], 1 / ci95[0]] as const) };
}

/**
 * Letters such that two share one exactly when they aren't separated: insert and absorb
 * (Piepho, "An Algorithm for a Letter-Based Representation of All-Pairwise Comparisons", Journal
 * of Computational and Graphical Statistics 13(2), 2004).
 *
 * @param names ranked
 * @returns letters by rank; '' for what is comparable with nothing
 */
export function groupLetters(
  names: readonly string[],
  verdict: (a: string, b: string) => ComparedPair['verdict'],
): string[] {
  const comparable = names.filter((name) =>
    names.some((other) => other !== name && verdict(name, other) !== 'not comparable'),
  );
  let groups: ReadonlySet<string>[] = [new Set(comparable)];
  for (const [i, a] of comparable.entries()) {
    for (const b of comparable.slice(i + 1)) {
      if (verdict(a, b) === 'not separated') continue;
      groups = absorbed(groups.flatMap((group) => parted(group, a, b)));
    }
  }
  const position = (group: ReadonlySet<string>) => names.findIndex((name) => group.has(name));
  const ordered = groups
    .filter((group) => group.size > 0)
    .sort((a, b) => position(a) - position(b) || a.size - b.size);
  return names.map((name) =>
    ordered.map((group, index) => (group.has(name) ? letter(index) : '')).join(''),
  );
}

function parted(group: ReadonlySet<string>, a: string, b: string): ReadonlySet<string>[] {
  if (!group.has(a) || !group.has(b)) return [group];
  const without = (name: string) => new Set([...group].filter((other) => other !== name));
  return [without(a), without(b)];
}

/** Without groups that lie within another one. */
function absorbed(groups: readonly ReadonlySet<string>[]): ReadonlySet<string>[] {
  return groups.filter((group, index) =>
    groups.every((other, at) => {
      if (at === index || ![...group].every((name) => other.has(name))) return true;
      // Of two equal ones the first stays.
      return other.size === group.size && index < at;
    }),
  );
}

/** a to z, then aa, ab, ... */
function letter(index: number): string {
  const last = String.fromCharCode('a'.charCodeAt(0) + (index % 26));
  return index < 26 ? last : letter(Math.floor(index / 26) - 1) + last;
}
