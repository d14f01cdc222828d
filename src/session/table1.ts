import { TABLE1_COLUMNS, type Table1Row } from '../plan/table1.js';
import type { WaitPolicy } from '../plan/types.js';
import type { PublishedTable1, Table1Mechanism } from '../store/published.js';
import type { CellResult, ResultDocument } from '../store/schema.js';
import { type ComparedPair, compareCells, type Verdict } from './compare.js';

/**
 * Whether a ratio is at least the published one. yes: its whole interval is; no: its whole
 * interval lies below; undecided: the published one lies within, or there is no interval.
 */
export type AtLeast = 'yes' | 'no' | 'undecided';

/** A mechanism in one column. */
export interface Table1Entry {
  /** How it waited: not as the column says where it doesn't offer that. */
  readonly wait: WaitPolicy;
  readonly status: CellResult['status'];
  readonly reason: string | null;
  readonly remedy: string | null;
  readonly median_ns: number | null;
  readonly ci95_ns: readonly [number, number] | null;
  /**
   * Of its time to that of doors in this column, the median over blocks (of fewer than two: of the
   * medians); null where one is missing.
   */
  readonly ratio: number | null;
  readonly ratio_ci95: readonly [number, number] | null;
  /** Over so many blocks; null for doors, and where there are fewer than two. */
  readonly blocks: number | null;
  /** Null for doors, and where a figure is missing. */
  readonly at_least_published: AtLeast | null;
}

/** A mechanism: what was published of it, and what was measured, column by column. */
export interface Table1Line {
  readonly mechanism: Table1Mechanism;
  readonly probe: string;
  readonly published_us: number;
  readonly published_ratio: number;
  readonly measured: readonly Table1Entry[];
}

/** Two mechanisms in the order of the paper, and what was measured of them. */
export interface OrderedPair {
  readonly faster: string;
  readonly slower: string;
  /** About the one that was faster in the paper. */
  readonly verdict: Verdict;
  /** Time of the slower over that of the faster one, as published. */
  readonly ratio: number | null;
  readonly ci95: readonly [number, number] | null;
}

/**
 * Whether a column has the order of the paper. kept: every pair is separated and as published;
 * not kept: a pair is separated the other way round; undecided: neither; not measured: no two
 * mechanisms have figures.
 */
export interface Table1Order {
  readonly verdict: 'kept' | 'not kept' | 'undecided' | 'not measured';
  /** Separated, the other way round. */
  readonly reversed: readonly OrderedPair[];
  /** Not separated, or without an interval. */
  readonly undecided: readonly OrderedPair[];
  /** Mechanisms without figures: the verdict is about the others. */
  readonly missing: readonly string[];
}

/** Table 1 measured again. */
export interface Table1 {
  readonly published: Pick<PublishedTable1, 'title' | 'source' | 'machine' | 'payload_bytes'>;
  readonly columns: readonly {
    readonly wait: string;
    readonly placement: string;
    readonly order: Table1Order;
  }[];
  /** From the fastest to the slowest, as published. */
  readonly rows: readonly Table1Line[];
}

/**
 * Puts a run beside the published table.
 *
 * @param rows which probe stands for what, as the run was planned
 */
export function reproduceTable1(
  document: ResultDocument,
  rows: readonly Table1Row[],
  published: PublishedTable1,
): Table1 {
  const seed = document.run.seed ?? 0;
  const rising = [...published.rows].sort((a, b) => a.value - b.value);
  const subjects = rising.map(({ mechanism, value }) => {
    const row = rows.find((candidate) => candidate.mechanism === mechanism) as Table1Row;
    const cells = TABLE1_COLUMNS.map(({ placement }, i) =>
      findCell(document, row.probe, placement, row.waits[i] as WaitPolicy),
    );
    return { ...row, value, cells };
  });
  const doors = subjects.find(({ mechanism }) => mechanism === 'doors') as Subject;
  const { title, source, machine, payload_bytes } = published;
  return {
    published: { title, source, machine, payload_bytes },
    columns: TABLE1_COLUMNS.map(({ wait, placement }, column) => ({
      ...{ wait, placement },
      order: orderOf(subjects, column, seed),
    })),
    rows: subjects.map((subject) => lineOf(subject, doors, seed)),
  };
}

/** A mechanism with its cell of each column; undefined = the run was interrupted before it. */
interface Subject extends Table1Row {
  /** Microseconds, as published. */
  readonly value: number;
  readonly cells: readonly (CellResult | undefined)[];
}

function findCell(
  { results }: ResultDocument,
  probe: string,
  placement: string,
  wait: string,
): CellResult | undefined {
  return results.find(
    (cell) => cell.probe === probe && cell.placement === placement && cell.wait === wait,
  );
}

function lineOf(subject: Subject, doors: Subject, seed: number): Table1Line {
  const publishedRatio = subject.value / doors.value;
  return {
    mechanism: subject.mechanism,
    probe: subject.probe,
    published_us: subject.value,
    published_ratio: publishedRatio,
    measured: subject.cells.map((cell, column) => ({
      wait: subject.waits[column] as WaitPolicy,
      status: cell?.status ?? 'failed',
      reason: cell === undefined ? 'the run was interrupted before it' : cell.reason,
      remedy: cell?.remedy ?? null,
      median_ns: cell?.rtt_ns?.median ?? null,
      ci95_ns: cell?.rtt_ns?.ci95 ?? null,
      ...(subject === doors
        ? { ...NO_RATIO, ratio: cell?.rtt_ns ? 1 : null }
        : ratioToDoors(cell, doors.cells[column], publishedRatio, seed + column)),
    })),
  };
}

type Ratio = Pick<Table1Entry, 'ratio' | 'ratio_ci95' | 'blocks' | 'at_least_published'>;

const NO_RATIO: Ratio = { ratio: null, ratio_ci95: null, blocks: null, at_least_published: null };

function ratioToDoors(
  cell: CellResult | undefined,
  doors: CellResult | undefined,
  published: number,
  seed: number,
): Ratio {
  if (cell === undefined || doors === undefined) return NO_RATIO;
  const { ratio, ci95, blocks } = compareCells(doors, cell, { seed, paired: true });
  if (ratio === null) return NO_RATIO;
  return { ratio, ratio_ci95: ci95, blocks, at_least_published: atLeast(ci95, published) };
}

function atLeast(ci95: readonly [number, number] | null, published: number): AtLeast {
  if (ci95 === null) return 'undecided';
  if (ci95[0] >= published) return 'yes';
  return ci95[1] < published ? 'no' : 'undecided';
}

function orderOf(subjects: readonly Subject[], column: number, seed: number): Table1Order {
  const hasFigures = ({ cells }: Subject) => typeof cells[column]?.rtt_ns?.median === 'number';
  const measured = subjects.filter(hasFigures);
  const missing = subjects.filter((one) => !hasFigures(one)).map(({ probe }) => probe);
  const pairs = measured.flatMap((faster, i) =>
    measured.slice(i + 1).map((slower) =>
      compareCells(faster.cells[column] as CellResult, slower.cells[column] as CellResult, {
        seed: seed + column,
        paired: true,
      }),
    ),
  );
  const reversed = pairs.filter(({ verdict }) => verdict === 'slower').map(orderedPair);
  const undecided = pairs
    .filter(({ verdict }) => verdict !== 'slower' && verdict !== 'faster')
    .map(orderedPair);
  return { verdict: orderVerdict(pairs, reversed, undecided), reversed, undecided, missing };
}

function orderVerdict(
  pairs: readonly ComparedPair[],
  reversed: readonly OrderedPair[],
  undecided: readonly OrderedPair[],
): Table1Order['verdict'] {
  if (pairs.length === 0) return 'not measured';
  if (reversed.length > 0) return 'not kept';
  return undecided.length > 0 ? 'undecided' : 'kept';
}

function orderedPair({ a, b, verdict, ratio, ci95 }: ComparedPair): OrderedPair {
  return { faster: a.probe, slower: b.probe, verdict, ratio, ci95 };
}
