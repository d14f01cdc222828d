import { CONFIDENCE_LEVEL } from '../stats/bootstrap.js';
import { holm } from '../stats/holm.js';
import type { CellResult } from '../store/schema.js';
import { compareCells } from './compare.js';
import { findCrossovers, type PairOfCells } from './compare-crossover.js';
import { trialMedians } from './compare-figures.js';
import { cellInWords, dimensionsOf, isOption, placeKey } from './compare-place.js';
import { type Entry, rank } from './compare-ranking.js';
import type { Comparison, Ranking, VerdictRule } from './compare-types.js';

/** A ratio this close to 1 is no difference, unless told otherwise. */
export const DEFAULT_NOISE = 0.02;

/** The cells of a side. */
export interface SideCells {
  readonly label: string;
  readonly cells: readonly CellResult[];
  /**
   * The run that they were measured in, whose repetitions are blocks; absent = there is no such
   * run, as with saved results, which may be merged.
   */
  readonly run?: string;
}

/** One side of a comparison. */
export interface ComparedSide extends SideCells {
  /** Cells of two sides with the same key are compared. */
  readonly keyOf: (cell: CellResult) => string;
}

export interface SetOptions {
  /** Seed of the bootstrap. */
  readonly seed: number;
  /** 0.02 unless given. */
  readonly noise?: number;
  /** Notes that go before those of the comparison itself. */
  readonly notes?: readonly string[];
}

/** The cells of one key: one entry per side that has it, in the order of the sides. */
export type Row = readonly (CellResult | undefined)[];

/**
 * Compares every side with every other one, place by place, in the order of the first one's cells.
 * Several cells of one key are matched in their order. Cells of one run are compared within its
 * blocks.
 *
 * Verdicts rest on intervals at a level by Bonferroni over all pairs that can have one, so that
 * with 95 % probability none of the differences claimed is one by chance; `p_adjusted` is by Holm.
 */
export function compareSides(sides: readonly ComparedSide[], options: SetOptions): Comparison {
  const rows = rowsOf(sides);
  const couples = rows.map((row) => couplesOf(row, sides));
  const testable = couples.flat().filter(({ a, b }) => isTestable(a.cell, b.cell)).length;
  const rule: VerdictRule = {
    noise: options.noise ?? DEFAULT_NOISE,
    level: 1 - (1 - CONFIDENCE_LEVEL) / Math.max(1, testable),
    pairs: testable,
  };
  const compared = adjusted(couples, rule, options.seed);
  return {
    sides: sides.map(({ label }) => label),
    seed: options.seed,
    rule,
    pairs: compared.flat().map(({ pair }) => pair),
    rankings: sides.length > 2 ? rankings(rows, compared, sides) : [],
    crossovers: findCrossovers(compared.flat(), options.seed),
    unmatched: unmatched(rows, sides),
    notes: [...(options.notes ?? [])],
  };
}

/**
 * Sides of saved cells. Where they have mechanisms in common, cells of the same mechanism are
 * compared; else (a run of pipes against one of sockets) those alike in all but the mechanism and
 * the options that not all sides have.
 */
export function sidesByPlace(sides: readonly SideCells[]): ComparedSide[] {
  const inAll = <T>(of: (cell: CellResult) => readonly T[]): Set<T> => {
    const [first, ...others] = sides.map(({ cells }) => new Set(cells.flatMap(of)));
    return new Set([...(first ?? [])].filter((value) => others.every((own) => own.has(value))));
  };
  const probes = inAll((cell) => [cell.probe]);
  const options = inAll((cell) => Object.keys(dimensionsOf(cell)).filter(isOption));
  const keyOf = (cell: CellResult): string => {
    const dimensions = { ...dimensionsOf(cell), clients: String(cell.clients) };
    if (probes.size > 0) return JSON.stringify([cell.probe, placeKey(dimensions)]);
    const counting = Object.entries(dimensions).filter(
      ([name]) => !isOption(name) || options.has(name),
    );
    return placeKey(Object.fromEntries(counting));
  };
  return sides.map((side) => ({ ...side, keyOf }));
}

/** The places of all sides, in the order of the first one's cells. */
export function rowsOf(sides: readonly ComparedSide[]): Row[] {
  const rows = new Map<string, (CellResult | undefined)[]>();
  for (const [index, { cells, keyOf }] of sides.entries()) {
    const seen = new Map<string, number>();
    for (const cell of cells) {
      const place = keyOf(cell);
      const twin = seen.get(place) ?? 0;
      seen.set(place, twin + 1);
      const key = JSON.stringify([place, twin]);
      const row = rows.get(key) ?? sides.map(() => undefined);
      row[index] = cell;
      rows.set(key, row);
    }
  }
  return [...rows.values()];
}

/** Whether two sides were measured in one run. */
export function inOneRun(a: ComparedSide | undefined, b: ComparedSide | undefined): boolean {
  return a?.run !== undefined && a.run === b?.run;
}

interface Couple {
  readonly a: Entry;
  readonly b: Entry;
  readonly paired: boolean;
}

function entriesOf(row: Row, sides: readonly ComparedSide[]): Entry[] {
  return row.flatMap((cell, index) =>
    cell === undefined ? [] : [{ side: sides[index]?.label ?? '', cell }],
  );
}

function couplesOf(row: Row, sides: readonly ComparedSide[]): Couple[] {
  const entries = sides.flatMap((side, index) => {
    const cell = row[index];
    return cell === undefined ? [] : [{ side, entry: { side: side.label, cell } }];
  });
  return entries.flatMap((a, index) =>
    entries.slice(index + 1).map((b) => ({
      ...{ a: a.entry, b: b.entry },
      paired: inOneRun(a.side, b.side),
    })),
  );
}

/** Whether an interval may come of it. */
function isTestable(a: CellResult, b: CellResult): boolean {
  return a.pattern === b.pattern && [a, b].every((cell) => trialMedians(cell).length > 1);
}

function adjusted(
  couples: readonly (readonly Couple[])[],
  rule: VerdictRule,
  seed: number,
): PairOfCells[][] {
  let count = 0;
  const compared = couples.map((row) =>
    row.map(({ a, b, paired }) => ({
      ...{ a: a.cell, b: b.cell },
      pair: compareCells(a.cell, b.cell, {
        // Seeds stay whole numbers however large the first one is.
        seed: (seed % 0x1_0000_0000) + count++,
        labels: [a.side, b.side],
        level: rule.level,
        noise: rule.noise,
        paired,
      }),
    })),
  );
  const corrected = holm(compared.flat().map(({ pair }) => pair.p));
  let next = 0;
  return compared.map((row) =>
    row.map((one) => ({ ...one, pair: { ...one.pair, p_adjusted: corrected[next++] ?? null } })),
  );
}

function rankings(
  rows: readonly Row[],
  compared: readonly (readonly PairOfCells[])[],
  sides: readonly ComparedSide[],
): Ranking[] {
  return rows.flatMap((row, index) => {
    const pairs = (compared[index] ?? []).map(({ pair }) => pair);
    return rank(entriesOf(row, sides), pairs) ?? [];
  });
}

function unmatched(rows: readonly Row[], sides: readonly ComparedSide[]): string[] {
  return rows.flatMap((row) => {
    const entries = entriesOf(row, sides);
    const [first] = entries;
    if (first === undefined || entries.length === sides.length) return [];
    const words = cellInWords(first.cell);
    if (entries.length === 1) return [`${words} only in ${first.side}`];
    const missing = sides.filter((_, index) => row[index] === undefined);
    return [`${words} not in ${missing.map(({ label }) => label).join(', ')}`];
  });
}
