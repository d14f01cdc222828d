import { UserError } from '../errors.js';
import { histogramCount, mergeHistograms, type SparseHistogram } from '../stats/histogram.js';
import type { CellResult, ResultDocument, TrialRecord } from '../store/schema.js';
import { operationWords } from './operation-words.js';
import { placeText } from './place.js';

/** The samples of all trials of a cell: of one kind of time. */
export interface CellHistogram {
  /** Position of the cell in the document, from 1. */
  readonly number: number;
  /** Name of the mechanism and what sets the cell apart. */
  readonly title: string;
  /** What is timed: `round trip`, `service time`, and so on. */
  readonly what: string;
  /** The same in a word, for the name of a file; '' for the times of the operation. */
  readonly suffix: '' | 'service';
  readonly cell: CellResult;
  readonly histogram: SparseHistogram;
  readonly samples: number;
  /** Exact extremes in ps; null where the trials don't have them. */
  readonly bounds: { readonly minPs: number; readonly maxPs: number } | null;
  /** Largest number of operations per sample; above 1 samples are means. */
  readonly batch: number;
  readonly trials: number;
}

/** What of a trial a histogram is made from. */
interface TrialTimes {
  readonly histogram: SparseHistogram | null;
  readonly min_ns: number | null;
  readonly max_ns: number | null;
}

/**
 * The histograms of a document; of a cell under load two, of response and of service times.
 *
 * @param choice numbers of cells from 1, or names of probes, separated by commas; absent = all
 * @throws UserError when the choice names what there isn't, or no chosen cell has a histogram
 */
export function cellHistograms(document: ResultDocument, choice?: string): CellHistogram[] {
  const numbered = document.results.map((cell, i) => ({ cell, number: i + 1 }));
  const chosen = choice === undefined ? numbered : choose(numbered, choice);
  const found = chosen.flatMap(({ cell, number }) => histogramsOf(cell, number));
  if (found.length > 0) return found;
  throw new UserError(
    choice === undefined
      ? `Run ${document.run.id} has no histogram: no trial of it has samples.`
      : `No cell of --cell "${choice}" has a histogram: none has a trial with samples.`,
    ['See its cells: ipcbench export RESULT --format csv'],
  );
}

/**
 * A document with some of its cells.
 *
 * @param choice numbers of cells from 1, or names of probes, separated by commas; absent = all
 * @throws UserError when the choice names what there isn't
 */
export function withCells(document: ResultDocument, choice: string | undefined): ResultDocument {
  if (choice === undefined) return document;
  const numbered = document.results.map((cell, i) => ({ cell, number: i + 1 }));
  return { ...document, results: choose(numbered, choice).map(({ cell }) => cell) };
}

interface Numbered {
  readonly cell: CellResult;
  readonly number: number;
}

function choose(numbered: readonly Numbered[], choice: string): Numbered[] {
  const parts = choice.split(',').map((part) => part.trim());
  const wanted = parts.flatMap((part) => {
    const matches = numbered.filter(({ cell, number }) =>
      /^\d+$/.test(part) ? number === Number(part) : cell.probe === part,
    );
    if (matches.length === 0) throw unknownCell(part, numbered);
    return matches;
  });
  return numbered.filter((one) => wanted.includes(one));
}

function unknownCell(part: string, numbered: readonly Numbered[]): UserError {
  const probes = [...new Set(numbered.map(({ cell }) => cell.probe))];
  const range =
    numbered.length === 0 ? 'It has no cells.' : `Give a number from 1 to ${numbered.length}`;
  return new UserError(`The result has no cell "${part}".`, [
    numbered.length === 0 ? range : `${range}, or a probe: ${probes.join(', ')}.`,
  ]);
}

function histogramsOf(cell: CellResult, number: number): CellHistogram[] {
  const load = cell.pattern === 'load';
  const words = operationWords(cell.pattern).median.replace(/^median (per )?/, '');
  const own = made(
    cell,
    number,
    load ? 'response time' : (WHAT[cell.pattern] ?? words),
    '',
    (trial) => trial,
  );
  const served = made(cell, number, 'service time', 'service', (trial) => trial.service_time);
  return [own, served].filter((one) => one !== null);
}

const WHAT: Readonly<Record<string, string>> = {
  echo: 'round trip',
  rpc: 'round trip',
  stream: 'time per message',
  connect: 'connect time',
};

function made(
  cell: CellResult,
  number: number,
  what: string,
  suffix: CellHistogram['suffix'],
  times: (trial: TrialRecord) => TrialTimes | null,
): CellHistogram | null {
  const trials = cell.per_trial.map(times).filter((one) => one?.histogram != null);
  const histogram = mergeHistograms(trials.map((one) => one?.histogram as SparseHistogram));
  const samples = histogramCount(histogram);
  if (samples === 0) return null;
  return {
    number,
    title: `${cell.probe}, ${placeText(cell)}`,
    what,
    suffix,
    cell,
    histogram,
    samples,
    bounds: boundsOf(trials.map((one) => [one?.min_ns ?? null, one?.max_ns ?? null])),
    batch: suffix === '' ? (cell.batch ?? 1) : 1,
    trials: trials.length,
  };
}

function boundsOf(extremes: readonly (readonly [number | null, number | null])[]) {
  const lows = extremes.map(([low]) => low).filter((low) => low !== null);
  const highs = extremes.map(([, high]) => high).filter((high) => high !== null);
  if (lows.length < extremes.length || highs.length < extremes.length) return null;
  return { minPs: Math.min(...lows) * 1000, maxPs: Math.max(...highs) * 1000 };
}
