import { UserError } from '../../errors.js';
import { operationTimes } from '../../store/operation.js';
import type { CellResult, ResultDocument, TimesRecord } from '../../store/schema.js';
import { groupBy } from '../group.js';
import { type OperationWords, operationWords } from '../operation-words.js';
import { placeColumns } from '../place.js';
import { hostOf } from '../tidy.js';

/** A figure is a Vega-Lite specification (https://vega.github.io/vega-lite/docs/spec.html). */
export type Spec = Readonly<Record<string, unknown>>;

/** A cell with figures, and the result that it is of. */
export interface PlotCell {
  readonly document: ResultDocument;
  readonly cell: CellResult;
  readonly times: TimesRecord;
}

/** What a figure is drawn of: cells of one pattern. */
export interface PlotSource {
  readonly documents: readonly ResultDocument[];
  readonly pattern: string;
  readonly words: OperationWords;
  readonly cells: readonly PlotCell[];
  /** Patterns that have figures too, but another axis. */
  readonly others: readonly string[];
  /** Whether cells of the reference probe were left out. */
  readonly reference: boolean;
}

export interface SourceOptions {
  /** Whether the reference probe belongs to the figure: it does where it was chosen. */
  readonly withReference?: boolean;
}

/** The probe that does nothing: thousands of times faster than all others, it would stretch every axis. */
const REFERENCE = 'null';

/**
 * The cells of a pattern that have figures; those of the reference probe only where they were
 * chosen, or there are no others.
 *
 * @param pattern unless given the first one that has figures
 * @throws UserError when there are none
 */
export function plotSource(
  documents: readonly ResultDocument[],
  pattern?: string,
  { withReference = false }: SourceOptions = {},
): PlotSource {
  const all = documents.flatMap((document) =>
    document.results.flatMap((cell): PlotCell[] => {
      const times = operationTimes(cell);
      return times === null ? [] : [{ document, cell, times }];
    }),
  );
  const patterns = groupBy(all, ({ cell }) => cell.pattern);
  const chosen = pattern ?? [...patterns.keys()][0];
  const cells = chosen === undefined ? undefined : patterns.get(chosen);
  if (chosen === undefined || cells === undefined) {
    throw new UserError(
      pattern === undefined
        ? 'There is nothing to plot: no cell has figures.'
        : `No cell of pattern "${pattern}" has figures.`,
      patterns.size === 0
        ? ['See why: ipcbench results show RESULT']
        : [`Patterns with figures: ${[...patterns.keys()].join(', ')}.`],
    );
  }
  const others = [...patterns.keys()].filter((other) => other !== chosen);
  const rest = cells.filter(({ cell }) => cell.probe !== REFERENCE);
  const drawn = withReference || rest.length === 0 ? cells : rest;
  return {
    ...{ documents, pattern: chosen, words: operationWords(chosen), cells: drawn, others },
    reference: drawn.length < cells.length,
  };
}

/** Whether figures were taken from a paper. */
export function isPublished({ run }: ResultDocument): boolean {
  return run.source !== undefined;
}

/** A dimension of cells: its name, and the value of each cell in words. */
interface Dimension {
  readonly name: string;
  readonly values: readonly string[];
}

/** What cells differ in beside their mechanisms, and what they agree in. */
export interface Dimensions {
  /** Of each cell: where it differs from others; '' when it does in nothing. */
  readonly labels: readonly string[];
  /** `two-cores`, `size 1 B`: the same in all cells. */
  readonly common: readonly string[];
}

/** Values that speak for themselves. */
const PLAIN = new Set(['size', 'placement', 'wait', 'run', 'host', 'arrivals']);

/**
 * Names what sets cells of the same mechanism apart.
 *
 * @param without dimensions that an axis shows already: `size`, `clients`
 */
export function dimensionsOf(
  cells: readonly PlotCell[],
  without: readonly string[] = [],
): Dimensions {
  const measured = cells.filter(({ document }) => !isPublished(document));
  const all = allDimensions(measured).filter(({ name }) => !without.includes(name));
  const differing = all.filter(({ values }) => new Set(values).size > 1);
  const common = all
    .filter(({ values }) => new Set(values).size === 1 && values[0] !== '' && values[0] !== '–')
    .filter(({ name, values }) => !(name === 'clients' && values[0] === '1'))
    .filter(({ name }) => name !== 'run' && name !== 'host')
    .map(({ name, values }) => words(name, values[0] ?? ''));
  const labels = cells.map(({ document }, i) => {
    if (isPublished(document)) return 'published';
    const at = measured.indexOf(cells[i] as PlotCell);
    return differing
      .flatMap(({ name, values }) => {
        const value = values[at] ?? '';
        return value === '' ? [] : [words(name, value)];
      })
      .join(', ');
  });
  return { labels, common };
}

function words(name: string, value: string): string {
  return PLAIN.has(name) ? value : `${name} ${value}`;
}

function allDimensions(cells: readonly PlotCell[]): Dimension[] {
  const places = placeColumns(cells.map(({ cell }) => cell));
  const hosts = cells.map(({ document }) => hostOf(document.run) ?? 'unknown host');
  // Runs of one host are told apart by their ids, those of different hosts by the hosts.
  const byHost = new Set(hosts).size === new Set(cells.map(({ document }) => document.run.id)).size;
  return [
    ...places.map(({ name, cells: values }) => ({ name, values })),
    { name: 'clients', values: cells.map(({ cell }) => String(cell.clients)) },
    { name: 'host', values: hosts },
    ...(byHost ? [] : [{ name: 'run', values: cells.map(({ document }) => document.run.id) }]),
  ];
}

/** `pipe, block`: the mechanism, and what sets the cell apart. */
export function nameOf({ cell }: PlotCell, label: string): string {
  return label === '' ? cell.probe : `${cell.probe}, ${label}`;
}

/** Names in the order of the smallest median that each has. */
export function fastestFirst(cells: readonly PlotCell[], names: readonly string[]): string[] {
  const least = new Map<string, number>();
  cells.forEach(({ times }, i) => {
    const name = names[i] ?? '';
    least.set(name, Math.min(least.get(name) ?? Number.POSITIVE_INFINITY, times.median));
  });
  return [...least].sort(([, a], [, b]) => a - b).map(([name]) => name);
}
