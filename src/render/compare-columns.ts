import type { ComparedCell, ComparedPair, Comparison } from '../session/compare.js';
import type { Column } from './grid.js';
import { operationWords } from './operation-words.js';
import { placeColumns } from './place.js';
import { duration, durationWithInterval, halfWidth, lastPlace } from './quantity.js';
import { describeVerdict } from './verdict.js';

/** A column of a comparison, and what may become of it where there is no room. */
export interface PairColumn extends Column {
  /** `place` columns say what a row is about; `verdict` is the last one. */
  readonly kind: 'place' | 'figure' | 'cpu' | 'verdict';
  /** What it says where there is little room; null = the same. */
  readonly narrow: PairColumn | null;
}

/** Columns for the pairs of one pattern. */
export function pairColumns(
  pattern: string,
  pairs: readonly ComparedPair[],
  comparison: Comparison,
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
  const places = [...mechanismColumn(pairs, comparison), ...placeColumns(pairs)];
  return [
    ...places.map((column): PairColumn => ({ ...column, kind: 'place', narrow: null })),
    medians(comparison.a, ({ a }) => a),
    medians(comparison.b, ({ b }) => b),
    cpu(comparison.a, ({ a }) => a),
    cpu(comparison.b, ({ b }) => b),
    figures('verdict', 'verdict', ['verdict'], (pair) =>
      describeVerdict(pair, sidesOf(comparison)),
    ),
  ];
}

/** Both sides have a median. */
export function hasFigures(pair: ComparedPair): boolean {
  return pair.a.median_ns !== null && pair.b.median_ns !== null;
}

function sidesOf({ a, b }: Comparison): [string, string] {
  return a === b ? [`${a} (first)`, `${b} (second)`] : [a, b];
}

/** Sides that are runs, and options that only one side has, aren't told by the headings. */
function mechanismColumn(pairs: readonly ComparedPair[], comparison: Comparison): Column[] {
  const named = pairs.every(
    (pair) =>
      comparison.a.startsWith(mechanism(pair.a, pair)) &&
      comparison.b.startsWith(mechanism(pair.b, pair)),
  );
  if (named) return [];
  const cells = pairs.map((pair) => {
    const [a, b] = [mechanism(pair.a, pair), mechanism(pair.b, pair)];
    return a === b ? a : `${a}, ${b}`;
  });
  return [{ heading: ['mechanism'], name: 'mechanism', align: 'left', cells }];
}

/** The probe, and its options that the other side doesn't share. */
function mechanism({ probe, options }: ComparedCell, pair: ComparedPair): string {
  const own = Object.entries(options).filter(([name]) => !(name in pair.options));
  return [probe, ...own.map(([name, value]) => `${name}=${value}`)].join(' ');
}

function medianText(cell: ComparedCell, withInterval: boolean): string {
  if (cell.median_ns === null) return '';
  const place = lastPlace(cell.median_ns, halfWidth(cell.ci95_ns));
  if (!withInterval) return duration(cell.median_ns, place);
  return durationWithInterval(cell.median_ns, cell.ci95_ns, place);
}

function cpuText({ cpu_ns_per_op: cpu }: ComparedCell): string {
  return cpu === null ? '' : duration(cpu, lastPlace(cpu, null));
}
