import type { ComparedCell, ComparedPair, Comparison } from '../session/compare-types.js';
import type { Column } from './grid.js';
import { gridWidth } from './grid.js';
import { operationWords } from './operation-words.js';
import { type Place, placeColumns } from './place.js';
import { atPlace, duration, durationWithInterval, halfWidth, lastPlace } from './quantity.js';
import { describeVerdict } from './verdict.js';

/** A column of a comparison, and what may become of it where there is no room. */
export interface PairColumn extends Column {
  /** `place` columns say what a row is about; `verdict` is the last one. */
  readonly kind: 'place' | 'figure' | 'cpu' | 'cpu-ratio' | 'rank' | 'verdict';
  /** What it says where there is little room; null = the same. */
  readonly narrow: PairColumn | null;
}

/** Figures of a comparison that may be asked for, of two sides or of several. */
export const COMPARE_COLUMNS = [
  ...['median', 'ratio', 'cpu', 'p', 'effect', 'cpu-ratio', 'verdict'],
] as const;

/** What `--columns` calls a column; '' for places, which are always there. */
function keyOf({ kind, name }: PairColumn): string {
  if (kind === 'place') return '';
  if (kind === 'figure') return name === 'ratio' ? 'ratio' : 'median';
  return kind === 'rank' ? name : kind;
}

/** Columns as they fit. */
export interface Fitted {
  readonly columns: readonly PairColumn[];
  /** What all rows share. */
  readonly above: string;
  /** What there was no room for. */
  readonly leftOut: readonly string[];
}

/** Columns for the pairs of one pattern. */
export function pairColumns(
  pattern: string,
  pairs: readonly ComparedPair[],
  { sides: [a = '', b = ''] }: Comparison,
): PairColumn[] {
  const words = operationWords(pattern);
  const figures = (
    kind: PairColumn['kind'],
    name: string,
    heading: readonly string[],
    text: (pair: ComparedPair) => string,
  ): PairColumn => {
    const cells = pairs.map((pair) => (hasFigures(pair) ? text(pair) : ''));
    const align = kind === 'verdict' ? 'left' : 'right';
    return { kind, name, heading, align, cells, narrow: null };
  };
  const medians = (name: string, of: (pair: ComparedPair) => ComparedCell): PairColumn => ({
    ...figures('figure', name, [name, `${words.median} [95 % CI]`], (pair) =>
      medianText(of(pair), true),
    ),
    narrow: figures('figure', name, [name, 'median'], (pair) => medianText(of(pair), false)),
  });
  const cpu = (name: string, of: (pair: ComparedPair) => ComparedCell) =>
    figures('cpu', name, [`CPU/${words.one}`, name], (pair) => cpuText(of(pair)));
  const places = [...mechanismColumn(pairs), ...placeColumns(pairs.map(placeOf))];
  return [
    ...places.map(asPlace),
    medians(a, (pair) => pair.a),
    medians(b, (pair) => pair.b),
    cpu(a, (pair) => pair.a),
    cpu(b, (pair) => pair.b),
    figures('rank', 'p', ['p', '(Holm)'], (pair) => pText(pair.p_adjusted ?? pair.p)),
    figures('rank', 'effect', ['effect', 'delta'], (pair) => effectText(pair.effect)),
    figures('cpu-ratio', 'CPU ratio', ['CPU', 'ratio'], cpuRatioText),
    figures('verdict', 'verdict', ['verdict'], (pair) =>
      describeVerdict(pair, [pair.a.side, pair.b.side]),
    ),
  ];
}

/** A column that says what rows are about. */
export function asPlace(column: Column): PairColumn {
  return { ...column, kind: 'place', narrow: null };
}

/** Where a pair is: what its cells differ in on purpose has both values, or none. */
export function placeOf(pair: ComparedPair): Place {
  const { a, b } = pair;
  const both = (x: string, y: string) => (x === y ? x : `${x}, ${y}`);
  const parameters = Object.entries(a.parameters ?? {}).map(([name, value]) => {
    const other = Object.entries(b.parameters ?? {}).find(([one]) => one === name)?.[1] ?? null;
    return [name, value === other ? value : null];
  });
  return {
    ...pair,
    parameters: a.parameters && Object.fromEntries(parameters),
    placement: both(a.placement, b.placement),
    wait: both(a.wait, b.wait),
  };
}

/** Both sides have a median. */
export function hasFigures(pair: ComparedPair): boolean {
  return pair.a.median_ns !== null && pair.b.median_ns !== null;
}

/** What is given up, in this order, until the table fits. */
const SACRIFICES: readonly {
  readonly kinds: readonly PairColumn['kind'][];
  readonly narrow: boolean;
}[] = [
  { kinds: [], narrow: false },
  { kinds: ['cpu'], narrow: false },
  { kinds: ['cpu', 'rank'], narrow: false },
  { kinds: ['cpu'], narrow: true },
  { kinds: ['cpu', 'rank'], narrow: true },
  { kinds: ['cpu', 'rank', 'cpu-ratio'], narrow: true },
];

/** What notes call the columns. */
export const RANK_WORDS = 'p and effect size';
export const CPU_RATIO_WORDS = 'CPU ratio';

/** What stands in the notes for columns of a kind. */
function kindInWords(kind: PairColumn['kind'], pattern: string): string {
  if (kind === 'cpu') return `CPU time per ${operationWords(pattern).one}`;
  return kind === 'rank' ? RANK_WORDS : CPU_RATIO_WORDS;
}

/** The columns that fit a width: what all rows share goes above the table first. */
export function fitColumns(
  all: readonly PairColumn[],
  width: number,
  pattern: string,
  asked?: readonly string[],
): Fitted {
  let columns = asked === undefined ? all : columnsAsked(all, asked);
  const above: string[] = [];
  const tooWide = () => gridWidth(columns) > width;
  for (const name of saidOnce(all)) {
    const column = columns.find((candidate) => candidate.name === name);
    if (!tooWide() || column === undefined || new Set(column.cells).size !== 1) continue;
    above.push(`${name} ${column.cells[0]}`);
    columns = columns.filter((other) => other !== column);
  }
  if (asked !== undefined) return { columns, leftOut: [], above: above.join(' · ') };
  const choices = SACRIFICES.map(({ kinds, narrow }) => ({
    columns: columns
      .filter(({ kind }) => !kinds.includes(kind))
      .map((column) => (narrow ? (column.narrow ?? column) : column)),
    leftOut: [
      ...kinds
        .filter((kind) => columns.some((column) => column.kind === kind))
        .map((kind) => kindInWords(kind, pattern)),
      ...(narrow ? ['intervals of the medians'] : []),
    ],
  }));
  const last = choices.length - 1;
  const fitting = choices.findIndex((choice) => gridWidth(choice.columns) <= width);
  const chosen = choices[fitting < 0 ? last : fitting];
  return { columns: [], leftOut: [], ...chosen, above: above.join(' · ') };
}

/** What was asked for, in its order; it stays, however little room there is. */
function columnsAsked(all: readonly PairColumn[], asked: readonly string[]): PairColumn[] {
  const places = all.filter(({ kind }) => kind === 'place');
  return [...places, ...asked.flatMap((key) => all.filter((column) => keyOf(column) === key))];
}

/** Places that may be said above the table, in this order; the size stays. */
function saidOnce(columns: readonly PairColumn[]): string[] {
  const first = ['wait', 'placement'];
  const places = columns.filter(({ kind, name }) => kind === 'place' && !KEPT.includes(name));
  return [...first, ...places.map(({ name }) => name).filter((name) => !first.includes(name))];
}

const KEPT = ['size', 'side'];

/** Sides that are runs, and options that only one side has, aren't told by the headings. */
function mechanismColumn(pairs: readonly ComparedPair[]): Column[] {
  const named = pairs.every((pair) => [pair.a, pair.b].every((cell) => isNamed(cell, pair)));
  if (named) return [];
  const cells = pairs.map((pair) => {
    const [a, b] = [mechanism(pair.a, pair), mechanism(pair.b, pair)];
    return a === b ? a : `${a}, ${b}`;
  });
  return [{ heading: ['mechanism'], name: 'mechanism', align: 'left', cells }];
}

/** Whether the side's name tells the mechanism and its options. */
export function isNamed(cell: ComparedCell, pair: Pick<ComparedPair, 'options'>): boolean {
  const { side, probe } = cell;
  return side.startsWith(`${probe}:`) || side.startsWith(mechanism(cell, pair));
}

/** The probe, and its options that the other side doesn't share. */
function mechanism({ probe, options }: ComparedCell, pair: Pick<ComparedPair, 'options'>): string {
  const own = Object.entries(options).filter(([name]) => !Object.hasOwn(pair.options, name));
  return [probe, ...own.map(([name, value]) => `${name}=${value}`)].join(' ');
}

/** A median, with its interval where there is room. */
export function medianText(
  { median_ns: median, ci95_ns: interval }: Pick<ComparedCell, 'median_ns' | 'ci95_ns'>,
  withInterval: boolean,
): string {
  if (median === null) return '';
  const place = lastPlace(median, halfWidth(interval));
  if (!withInterval) return duration(median, place);
  return durationWithInterval(median, interval, place);
}

/** CPU time per operation. */
export function cpuText({ cpu_ns_per_op: cpu }: Pick<ComparedCell, 'cpu_ns_per_op'>): string {
  return cpu === null ? '' : duration(cpu, lastPlace(cpu, null));
}

/** A quotient without an interval: `2.9x`. */
export function timesText(ratio: number | null): string {
  return ratio === null ? '' : `${atPlace(ratio, lastPlace(ratio, null))}x`;
}

/** In the direction of the verdict: that of the slower one over that of the faster one. */
function cpuRatioText({ verdict, cpu_ratio: ratio }: ComparedPair): string {
  if (ratio === null || ratio === 0) return '';
  return timesText(verdict === 'slower' ? 1 / ratio : ratio);
}

function pText(p: number | null): string {
  if (p === null) return '';
  return p < 0.001 ? '<0.001' : atPlace(p, -3);
}

function effectText(effect: number | null): string {
  if (effect === null) return '';
  return `${effect > 0 ? '+' : ''}${atPlace(effect, -2)}`;
}
