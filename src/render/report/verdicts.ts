import { compareCells } from '../../session/compare.js';
import { trialMedians } from '../../session/compare-figures.js';
import type { ComparedPair } from '../../session/compare-types.js';
import { CONFIDENCE_LEVEL } from '../../stats/bootstrap.js';
import { operationTimes } from '../../store/operation.js';
import type { CellResult, ResultDocument } from '../../store/schema.js';
import { groupBy } from '../group.js';
import { placeText } from '../place.js';

/** A ratio this close to 1 is no difference. */
const NOISE = 0.02;

/** The mechanisms of one run at one place, against the fastest of them. */
export interface PlaceVerdicts {
  readonly run: string;
  readonly pattern: string;
  /** `4 KiB, two-cores, adaptive`: what all have in common. */
  readonly place: string;
  readonly fastest: CellResult;
  /** Every other one, the fastest first; the pair's A is the fastest of all. */
  readonly others: readonly { readonly cell: CellResult; readonly pair: ComparedPair }[];
}

export interface Verdicts {
  readonly places: readonly PlaceVerdicts[];
  /** Level of the intervals that verdicts rest on, by Bonferroni over `pairs`. */
  readonly level: number;
  readonly pairs: number;
  readonly noise: number;
}

/**
 * How much slower every mechanism is than the fastest of its place, within the blocks of its run.
 * The reference probe `null`, which moves nothing, takes no part.
 */
export function verdictsOf(documents: readonly ResultDocument[], seed: number): Verdicts {
  const groups = documents.flatMap(placesOf).filter(({ cells }) => cells.length > 1);
  const testable = ({ cells }: Place) =>
    cells.slice(1).filter((cell) => trialMedians(cell).length > 1).length;
  const pairs = groups.reduce((sum, group) => sum + testable(group), 0);
  const level = 1 - (1 - CONFIDENCE_LEVEL) / Math.max(1, pairs);
  const places = groups.map(({ run, cells, saved }): PlaceVerdicts => {
    const [fastest, ...others] = cells as [CellResult, ...CellResult[]];
    const compared = others.map((cell, i) => ({
      cell,
      pair: compareCells(fastest, cell, { seed: seed + i, level, noise: NOISE, paired: !saved }),
    }));
    return { run, pattern: fastest.pattern, place: placeText(fastest), fastest, others: compared };
  });
  return { places, level, pairs, noise: NOISE };
}

interface Place {
  readonly run: string;
  /** Merged of several runs, or taken from a paper: trials aren't blocks. */
  readonly saved: boolean;
  /** Fastest first. */
  readonly cells: readonly CellResult[];
}

function placesOf({ run, results }: ResultDocument): Place[] {
  const measured = results.filter((cell) => operationTimes(cell) !== null && cell.probe !== 'null');
  const key = (cell: CellResult) =>
    JSON.stringify([cell.pattern, cell.parameters, placeText(cell), cell.clients]);
  return [...groupBy(measured, key).values()].map((cells) => ({
    run: run.id,
    saved: run.source !== undefined || run.plan === null || run.plan === undefined,
    cells: [...cells].sort((a, b) => medianOf(a) - medianOf(b)),
  }));
}

function medianOf(cell: CellResult): number {
  return operationTimes(cell)?.median ?? Number.POSITIVE_INFINITY;
}
