import { UserError } from '../errors.js';
import { type CellHead, cellResult } from '../store/cell-figures.js';
import { operationTimes } from '../store/operation.js';
import type {
  BcopyRecord,
  CellResult,
  ResultDocument,
  RunRecord,
  TrialRecord,
} from '../store/schema.js';
import { dimensionsOf, placeKey } from './compare-place.js';

/** Which run a merged one becomes. */
export interface MergedIdentity {
  readonly id: string;
  /** The command line. */
  readonly command: string;
}

/**
 * One result from several: trials of equal cells become trials of one cell, whose figures are made
 * anew from them; other cells are kept. What the hosts agree in is the merged host; `merged_runs`
 * names the runs, `merged_differences` the facts in which they differ.
 *
 * @throws UserError for fewer than two documents, and for a run that is given twice
 */
export function mergeResults(
  documents: readonly ResultDocument[],
  identity: MergedIdentity,
): ResultDocument {
  const runs = documents.map(({ run }) => run);
  checkDistinct(runs);
  const seed = runs[0]?.seed ?? 0;
  const cells = new Map<string, CellResult[]>();
  for (const cell of documents.flatMap(({ results }) => results)) {
    const key = JSON.stringify([cell.probe, cell.clients, placeKey(dimensionsOf(cell))]);
    cells.set(key, [...(cells.get(key) ?? []), cell]);
  }
  const results = [...cells.values()].map((equal, index) =>
    equal.length === 1 ? (equal[0] as CellResult) : pooled(equal, index, seed),
  );
  const [first] = documents as readonly [ResultDocument];
  return { ...first, run: mergedRun(runs, identity), results };
}

function checkDistinct(runs: readonly RunRecord[]): void {
  if (runs.length < 2) throw new UserError('A merge needs two results or more.');
  const ids = runs.flatMap((run) => mergedIds(run) ?? [run.id]);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice === undefined) return;
  throw new UserError(`Run ${twice} is given twice: its trials would count double.`, [
    'Give each run once. A merged result contains those it was made of.',
  ]);
}

function mergedIds(run: RunRecord): readonly string[] | null {
  const ids = run.host.merged_runs;
  return Array.isArray(ids) ? ids.map(String) : null;
}

function mergedRun(runs: readonly RunRecord[], identity: MergedIdentity): RunRecord {
  const [first] = runs as readonly [RunRecord];
  const facts = [...new Set(runs.flatMap(({ host }) => Object.keys(host)))].filter(
    (fact) => !fact.startsWith('merged_'),
  );
  const same = (values: readonly unknown[]) =>
    new Set(values.map((value) => JSON.stringify(value))).size === 1;
  const agreed = facts.filter((fact) => same(runs.map(({ host }) => host[fact])));
  const ends = runs.flatMap(({ ended }) => (ended === null ? [] : [ended]));
  const harness = (name: keyof RunRecord['harness']) =>
    smallest(runs.flatMap((run) => run.harness[name] ?? []));
  return {
    ...first,
    id: identity.id,
    command: identity.command,
    started: [...runs.map(({ started }) => started)].sort()[0] as string,
    ended: ends.length < runs.length ? null : (ends.sort().at(-1) ?? null),
    ipcbench: same(runs.map((run) => run.ipcbench)) ? first.ipcbench : null,
    complete: runs.every(({ complete }) => complete),
    host: {
      ...Object.fromEntries(agreed.map((fact) => [fact, first.host[fact]])),
      merged_runs: runs.flatMap((run) => mergedIds(run) ?? [run.id]),
      merged_differences: facts.filter((fact) => !agreed.includes(fact)),
    },
    plan: same(runs.map(({ plan }) => plan)) ? first.plan : null,
    harness: { null_op_ns: harness('null_op_ns'), clock_cost_ns: harness('clock_cost_ns') },
    calibration: null,
    calibration_note: 'the runs that were merged were calibrated each by itself',
    split_resolution_us: same(runs.map((run) => run.split_resolution_us))
      ? first.split_resolution_us
      : null,
  };
}

function smallest(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.min(...values);
}

/** One cell of several equal ones, from all their trials. */
function pooled(cells: readonly CellResult[], index: number, seed: number): CellResult {
  const [first] = cells as readonly [CellResult];
  const records = cells
    .flatMap((cell) => cell.per_trial)
    .map((trial, repetition): TrialRecord => ({ ...trial, repetition, order: null }));
  const away = cells.find(({ status }) => status === 'unavailable');
  const bound = (name: 'client_cpu' | 'server_cpu') =>
    cells.every((cell) => cell[name] === first[name]) ? first[name] : null;
  const merged = cellResult(
    {
      ...headOf(first),
      client_cpu: bound('client_cpu'),
      server_cpu: bound('server_cpu'),
      unavailable: away ? { reason: away.reason ?? 'unknown', remedy: away.remedy } : null,
    },
    records,
    {
      ...{ index, seed },
      trials: cells.reduce((sum, cell) => sum + (cell.trials_planned ?? cell.trials), 0),
    },
  );
  return { ...merged, bcopy: pooledBcopy(cells, merged) };
}

/** The mean of the runs' floors, each weighted by its trials, over the time of all of them. */
function pooledBcopy(cells: readonly CellResult[], merged: CellResult): BcopyRecord | null {
  const measured = cells.filter(({ trials }) => trials > 0);
  const all = measured.flatMap(({ bcopy, trials }) => (bcopy === null ? [] : [{ bcopy, trials }]));
  const [first] = all;
  const alike = (name: 'copies' | 'bytes' | 'source') =>
    all.every(({ bcopy }) => bcopy[name] === first?.bcopy[name]);
  const comparable = alike('copies') && alike('bytes') && alike('source');
  if (first === undefined || all.length < measured.length || !comparable) return null;
  const trials = all.reduce((sum, one) => sum + one.trials, 0);
  const floor = all.reduce((sum, one) => sum + one.bcopy.floor_ns * one.trials, 0) / trials;
  const mean = operationTimes(merged)?.mean ?? null;
  return { ...first.bcopy, floor_ns: floor, share: mean ? floor / mean : null };
}

function headOf(cell: CellResult): Omit<CellHead, 'unavailable'> {
  const { probe, pattern, parameters, size_bytes, placement, client_cpu, server_cpu } = cell;
  const { wait, clients, options } = cell;
  return {
    ...{ probe, pattern, parameters, size_bytes, placement, client_cpu, server_cpu },
    ...{ wait, clients, options },
    // Of each run's own calibration; see pooledBcopy.
    copies: null,
  };
}
