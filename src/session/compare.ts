import { ratioOfMedians } from '../stats/bootstrap.js';
import type { CellResult, ResultDocument } from '../store/schema.js';

/**
 * What one pair of cells says about A.
 *
 * faster, slower: the interval of the ratio excludes 1. not separated: it
 * doesn't, which is no proof that the two are equal. not comparable: a side has
 * no figures, or too few trials for an interval.
 */
export type Verdict = 'faster' | 'slower' | 'not separated' | 'not comparable';

/** One side of a pair. */
export interface ComparedCell {
  readonly probe: string;
  readonly options: Readonly<Record<string, string>>;
  readonly status: CellResult['status'];
  readonly reason: string | null;
  readonly trials: number;
  readonly median_ns: number | null;
  readonly ci95_ns: readonly [number, number] | null;
  /** User and system time of both peers per round trip, in ns. */
  readonly cpu_ns_per_op: number | null;
}

/** Two cells that differ in nothing but the mechanism, or in the run. */
export interface ComparedPair {
  readonly pattern: string;
  readonly size_bytes: number;
  readonly placement: string;
  readonly wait: string;
  readonly clients: number;
  readonly a: ComparedCell;
  readonly b: ComparedCell;
  /** median of B / median of A: above 1 when A is faster, 2 when A takes half of B's time. */
  readonly ratio: number | null;
  readonly ci95: readonly [number, number] | null;
  /** About A. */
  readonly verdict: Verdict;
}

/** Two sets of cells, pair by pair. */
export interface Comparison {
  /** Names of the two sides, for headings. */
  readonly a: string;
  readonly b: string;
  readonly seed: number;
  readonly pairs: readonly ComparedPair[];
  /** Cells of one side that the other one doesn't have, in words. */
  readonly unmatched: readonly string[];
  /** What a reader of the ratios must know, in sentences. */
  readonly notes: readonly string[];
}

export interface CompareOptions {
  /** Seed of the bootstrap. */
  readonly seed: number;
  /** Names of the sides; those of their probes unless given. */
  readonly labels?: readonly [a: string, b: string];
}

/**
 * Compares two cells by the ratio of their medians over trials. Cells of other
 * documents or other mechanisms are treated alike; that they are alike in the
 * rest is the caller's business.
 */
export function compareCells(a: CellResult, b: CellResult, options: CompareOptions): ComparedPair {
  const { ratio, ci95 } = ratioOfMedians(trialMedians(b), trialMedians(a), {
    seed: options.seed,
    resolution: sampleStepNs(b),
    resolutionB: sampleStepNs(a),
  });
  return {
    pattern: a.pattern,
    size_bytes: a.size_bytes,
    placement: a.placement,
    wait: a.wait,
    clients: a.clients,
    a: side(a),
    b: side(b),
    ratio: ratio ?? ratioOfPublished(a, b),
    ci95,
    verdict: verdictOf(ci95),
  };
}

/**
 * Compares two sets of cells: those with the same pattern, size, placement,
 * wait policy and number of clients are pairs, in the order of A. Several
 * cells of one kind (`compare pipe pipe`) are paired in their order.
 */
export function compareResults(
  a: readonly CellResult[],
  b: readonly CellResult[],
  options: CompareOptions,
): Comparison {
  return compareBy(placeKey, a, b, options);
}

/**
 * Compares two documents. When they have mechanisms in common, cells of the
 * same mechanism and options are pairs; else (a run of pipes against a run of
 * sockets) the cells are paired as in `compareResults`.
 */
export function compareDocuments(
  a: ResultDocument,
  b: ResultDocument,
  options: CompareOptions,
): Comparison {
  const probes = new Set(a.results.map((cell) => cell.probe));
  const common = b.results.some((cell) => probes.has(cell.probe));
  const labels = options.labels ?? [a.run.id, b.run.id];
  const compared = compareBy(common ? probeKey : placeKey, a.results, b.results, {
    ...options,
    labels,
  });
  return { ...compared, notes: [...differences(a, b), ...compared.notes] };
}

function compareBy(
  keyOf: (cell: CellResult) => string,
  a: readonly CellResult[],
  b: readonly CellResult[],
  options: CompareOptions,
): Comparison {
  const [labelA, labelB] = options.labels ?? [probesOf(a), probesOf(b)];
  const waiting = new Map<string, CellResult[]>();
  for (const cell of b) waiting.set(keyOf(cell), [...(waiting.get(keyOf(cell)) ?? []), cell]);
  const pairs: ComparedPair[] = [];
  const unmatched: string[] = [];
  for (const cell of a) {
    const partner = waiting.get(keyOf(cell))?.shift();
    if (partner === undefined) unmatched.push(`${inWords(cell)} only in ${labelA}`);
    else pairs.push(compareCells(cell, partner, { seed: options.seed + pairs.length }));
  }
  for (const cell of [...waiting.values()].flat()) {
    unmatched.push(`${inWords(cell)} only in ${labelB}`);
  }
  return { a: labelA, b: labelB, seed: options.seed, pairs, unmatched, notes: [] };
}

function verdictOf(ci95: readonly [number, number] | null): Verdict {
  if (ci95 === null) return 'not comparable';
  if (ci95[0] > 1) return 'faster';
  return ci95[1] < 1 ? 'slower' : 'not separated';
}

function side(cell: CellResult): ComparedCell {
  return {
    probe: cell.probe,
    options: cell.options,
    status: cell.status,
    reason: cell.reason,
    trials: cell.trials,
    median_ns: cell.rtt_ns?.median ?? null,
    ci95_ns: cell.rtt_ns?.ci95 ?? null,
    cpu_ns_per_op: cpuPerOpNs(cell),
  };
}

function cpuPerOpNs(cell: CellResult): number | null {
  if (cell.usage === null) return null;
  const { client, server } = cell.usage;
  if (client.ops === 0 || server.ops === 0) return null;
  const perOp = (peer: typeof client) => (peer.user_us + peer.system_us) / peer.ops;
  return 1000 * (perOp(client) + perOp(server));
}

function trialMedians(cell: CellResult): number[] {
  return cell.per_trial.flatMap((trial) => (trial.median_ns === null ? [] : [trial.median_ns]));
}

/** Published figures have medians without trials: a ratio, but no interval. */
function ratioOfPublished(a: CellResult, b: CellResult): number | null {
  if (a.rtt_ns === null || b.rtt_ns === null || a.rtt_ns.median === 0) return null;
  return b.rtt_ns.median / a.rtt_ns.median;
}

/** A sample is a difference of whole nanoseconds over a batch of operations. */
function sampleStepNs(cell: CellResult): number {
  const batches = cell.per_trial.flatMap((trial) => (trial.batch === null ? [] : [trial.batch]));
  return batches.length === 0 ? 0 : 1 / Math.min(...batches);
}

function placeKey(cell: CellResult): string {
  return JSON.stringify([cell.pattern, cell.size_bytes, cell.placement, cell.wait, cell.clients]);
}

function probeKey(cell: CellResult): string {
  const options = Object.entries(cell.options).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([cell.probe, options, placeKey(cell)]);
}

function probesOf(cells: readonly CellResult[]): string {
  return [...new Set(cells.map((cell) => cell.probe))].join(', ');
}

function inWords(cell: CellResult): string {
  return `${cell.probe}, ${cell.size_bytes} B, ${cell.placement}, ${cell.wait}`;
}

/** Facts of the host that bear on every figure. */
const HOST_FACTS = [
  'hostname',
  'cpu_model',
  'kernel',
  'cpus_allowed',
  'governor',
  'turbo',
  'mitigations',
  'virtualisation',
] as const;

function differences(a: ResultDocument, b: ResultDocument): string[] {
  const notes: string[] = [];
  const facts = HOST_FACTS.filter(
    (fact) => JSON.stringify(a.run.host[fact]) !== JSON.stringify(b.run.host[fact]),
  );
  if (facts.length > 0) notes.push(`The hosts differ in ${facts.join(', ')}.`);
  if (a.run.ipcbench !== b.run.ipcbench) notes.push('The versions of ipcbench differ.');
  if (JSON.stringify(a.run.plan) !== JSON.stringify(b.run.plan)) {
    notes.push('The plans (duration, warm-up, trials) differ.');
  }
  if (a.run.id !== b.run.id) {
    notes.push('The two were not measured interleaved: part of a difference may be drift.');
  }
  return notes;
}
