import { ratioOfMedians } from '../stats/bootstrap.js';
import { operationTimes } from '../store/operation.js';
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
  /** Time of the pattern's operation: round trip, message, connect, response. */
  readonly median_ns: number | null;
  readonly ci95_ns: readonly [number, number] | null;
  /** User and system time of both peers per operation, in ns. */
  readonly cpu_ns_per_op: number | null;
}

/** Two cells that differ in nothing but the mechanism, or in the run. */
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
 * rest is the caller's business. Only cells of different patterns, whose times
 * are of different things, are never comparable.
 */
export function compareCells(a: CellResult, b: CellResult, options: CompareOptions): ComparedPair {
  const place = {
    pattern: a.pattern,
    parameters: a.parameters,
    size_bytes: a.size_bytes,
    options: sharedOptions(a, b),
    placement: a.placement,
    client_cpu: a.client_cpu,
    server_cpu: a.server_cpu,
    wait: a.wait,
    clients: a.clients,
  };
  const sides = { a: side(a), b: side(b) };
  if (a.pattern !== b.pattern) {
    return { ...place, ...sides, ratio: null, ci95: null, verdict: 'not comparable' };
  }
  const { ratio, ci95 } = ratioOfMedians(trialMedians(b), trialMedians(a), {
    seed: options.seed,
    resolution: sampleStepNs(b),
    resolutionB: sampleStepNs(a),
  });
  const shown = ratio ?? ratioOfPublished(a, b);
  return { ...place, ...sides, ratio: shown, ci95, verdict: verdictOf(ci95) };
}

function sharedOptions(a: CellResult, b: CellResult): Record<string, string> {
  const shared = Object.entries(a.options).filter(([name, value]) => b.options[name] === value);
  return Object.fromEntries(shared);
}

/**
 * Compares two sets of cells: those with the same pattern, parameters, size,
 * placement, wait policy and number of clients are pairs, in the order of A. So are
 * the options that both sets have; one that only the cells of one set have is
 * its mechanism's own. Several cells of one kind (`compare pipe pipe`) are paired in
 * their order.
 */
export function compareResults(
  a: readonly CellResult[],
  b: readonly CellResult[],
  options: CompareOptions,
): Comparison {
  const ofA = optionNames(a);
  const common = new Set(optionNames(b).filter((name) => ofA.includes(name)));
  return compareBy((cell) => placeKey(cell, common), a, b, options);
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
  const settings = { ...options, labels };
  const compared = common
    ? compareBy(cellKey, a.results, b.results, settings)
    : compareResults(a.results, b.results, settings);
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
    median_ns: operationTimes(cell)?.median ?? null,
    ci95_ns: operationTimes(cell)?.ci95 ?? null,
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
  const timesA = operationTimes(a);
  const timesB = operationTimes(b);
  if (timesA === null || timesB === null || timesA.median === 0) return null;
  return timesB.median / timesA.median;
}

/** A sample is a difference of whole nanoseconds over a batch of operations. */
function sampleStepNs(cell: CellResult): number {
  const batches = cell.per_trial.flatMap((trial) => (trial.batch === null ? [] : [trial.batch]));
  return batches.length === 0 ? 0 : 1 / Math.min(...batches);
}

/** What two cells share that are alike in all but the mechanism. */
function placeKey(cell: CellResult, optionsThatCount: ReadonlySet<string>): string {
  const { pattern, parameters, size_bytes, placement, wait, clients } = cell;
  const options = Object.entries(cell.options).filter(([name]) => optionsThatCount.has(name));
  return JSON.stringify([
    ...[pattern, sorted(parameters ?? {}), size_bytes, placement, wait, clients],
    sorted(Object.fromEntries(options)),
    // Other placements mean the same on any machine; a pair of the matrix is itself.
    ...(placement === 'all' ? [cell.client_cpu, cell.server_cpu] : []),
  ]);
}

/** What two cells share that differ in nothing but the run. */
function cellKey(cell: CellResult): string {
  return JSON.stringify([cell.probe, placeKey(cell, new Set(Object.keys(cell.options)))]);
}

/** Entries by name; null is as good as absent, which is what older documents have. */
function sorted(record: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(record)
    .filter(([, value]) => value !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function optionNames(cells: readonly CellResult[]): string[] {
  return [...new Set(cells.flatMap((cell) => Object.keys(cell.options)))];
}

function probesOf(cells: readonly CellResult[]): string {
  return [...new Set(cells.map((cell) => cell.probe))].join(', ');
}

function inWords(cell: CellResult): string {
  const { pattern, placement, client_cpu: client, server_cpu: server } = cell;
  const asked = [...sorted(cell.parameters ?? {}), ...sorted(cell.options)];
  return [
    cell.probe,
    ...(pattern === 'echo' ? [] : [pattern]),
    ...(pattern === 'connect' ? [] : [`${cell.size_bytes} B`]),
    ...asked.map(([name, value]) => `${name}=${value}`),
    placement === 'all' ? `processors ${client} and ${server}` : placement,
    cell.wait,
  ].join(', ');
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
