import type { CellPlace, CellResult } from '../store/schema.js';

/**
 * What one pair of cells says about A.
 *
 * faster, slower: the interval of the ratio excludes 1 and the ratio is beyond the noise
 * threshold. not separated: one of the two is not so, which is no proof that the cells are equal.
 * not comparable: a side has no figures, or too few trials for an interval.
 */
export type Verdict = 'faster' | 'slower' | 'not separated' | 'not comparable';

/** One side of a pair. */
export interface ComparedCell {
  /** Name of the side in the comparison. */
  readonly side: string;
  readonly probe: string;
  readonly options: Readonly<Record<string, string>>;
  readonly parameters: CellResult['parameters'];
  readonly size_bytes: number;
  readonly wait: string;
  readonly placement: string;
  readonly status: CellResult['status'];
  readonly reason: string | null;
  readonly trials: number;
  /** Time of the pattern's operation: round trip, message, connect, response. */
  readonly median_ns: number | null;
  readonly ci95_ns: readonly [number, number] | null;
  /** User and system time of both peers per operation, in ns. */
  readonly cpu_ns_per_op: number | null;
}

/** Two cells that differ in nothing but what is compared. */
export interface ComparedPair {
  readonly pattern: string;
  readonly parameters: CellResult['parameters'];
  readonly size_bytes: number;
  /** Options that both have, with the same value. */
  readonly options: Readonly<Record<string, string>>;
  readonly placement: string;
  /** Processors of A's cell; null = not bound. */
  readonly client_cpu: number | null;
  readonly server_cpu: number | null;
  readonly wait: string;
  readonly clients: number;
  readonly a: ComparedCell;
  readonly b: ComparedCell;
  /** Blocks of one run within which A and B are compared; null = compared as groups of trials. */
  readonly blocks: number | null;
  /**
   * Time of B / time of A: above 1 when A is faster, 2 when A takes half of B's time. The median
   * over the blocks, or without them the quotient of the medians over trials.
   */
  readonly ratio: number | null;
  readonly ci95: readonly [number, number] | null;
  /** Interval of the ratio at the level of verdicts: wider than `ci95` where there are many pairs. */
  readonly ci_verdict: readonly [number, number] | null;
  /**
   * Two-sided: of the sign test over blocks, or without them of Mann and Whitney's over the trials'
   * medians; null with fewer than two trials of a side.
   */
  readonly p: number | null;
  /** `p` by Holm over all pairs of the comparison; null for a pair alone. */
  readonly p_adjusted: number | null;
  /** Cliff's delta, within blocks or of groups, -1 to 1: positive where B's times are longer. */
  readonly effect: number | null;
  /** CPU time per operation of B / that of A. */
  readonly cpu_ratio: number | null;
  /** About A. */
  readonly verdict: Verdict;
}

/** One side at one place of a comparison. */
export interface RankedCell extends ComparedCell {
  /** Median / that of the fastest, with the 95 % interval of the ratio; null for the fastest. */
  readonly ratio: number | null;
  readonly ratio_ci95: readonly [number, number] | null;
  readonly cpu_ratio: number | null;
  /** Those that share a letter aren't separated; '' without an interval. */
  readonly group: string;
}

/** More than two sides at one place, from the fastest to the slowest; those without figures last. */
export interface Ranking {
  /** The place: that of any of its pairs. */
  readonly place: Pick<ComparedPair, keyof CellPlace>;
  readonly cells: readonly RankedCell[];
}

/** A size at which the order of two sides changes. */
export interface Crossover {
  readonly pattern: string;
  readonly placement: string;
  readonly wait: string;
  /** Faster below the size, and above it. */
  readonly below: string;
  readonly above: string;
  /** In bytes, interpolated between measured sizes on a logarithmic scale. */
  readonly size_bytes: number;
  readonly ci95_bytes: readonly [number, number];
  /** The measured sizes next to each other at which the two are separated, in either order. */
  readonly between_bytes: readonly [number, number];
}

/** How verdicts come about. */
export interface VerdictRule {
  /** A ratio is no difference unless it is beyond this: 0.02 = 2 %. */
  readonly noise: number;
  /** Level of the intervals that verdicts rest on: 1 - 0.05 / comparable pairs (Bonferroni). */
  readonly level: number;
  /** Pairs with an interval, over which `level` and `p_adjusted` are corrected. */
  readonly pairs: number;
}

/** Sets of cells, pair by pair. */
export interface Comparison {
  /** Names of the sides, for headings. */
  readonly sides: readonly string[];
  readonly seed: number;
  readonly rule: VerdictRule;
  /** Every pair of sides at every place. */
  readonly pairs: readonly ComparedPair[];
  /** Where more than two sides are compared; else empty. */
  readonly rankings: readonly Ranking[];
  readonly crossovers: readonly Crossover[];
  /** Cells of one side that another one doesn't have, in words. */
  readonly unmatched: readonly string[];
  /** What a reader of the ratios must know, in sentences. */
  readonly notes: readonly string[];
}
