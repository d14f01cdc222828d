import { UserError } from '../errors.js';
import { BaselineStore } from '../store/baselines.js';
import type { ResultDocument } from '../store/schema.js';
import { ResultStore } from '../store/store.js';

/** A saved result in a few words. */
export interface SavedResult {
  /** Of the run. */
  readonly id: string;
  /** Whether the run's own file is there, and not only a baseline made of it. */
  readonly saved: boolean;
  readonly baselines: readonly string[];
  readonly started: string | null;
  readonly complete: boolean | null;
  readonly host: string | null;
  readonly probes: readonly string[];
  readonly cells: number | null;
  /** Trials with figures, of all cells. */
  readonly trials: number | null;
  readonly command: string | null;
  /** Why there is nothing to tell of it; null when all is well. */
  readonly fault: string | null;
}

/** All saved runs, oldest first, and the baselines made of them. */
export async function listResults(directory: string): Promise<SavedResult[]> {
  const runs = new ResultStore(directory);
  const baselines = new BaselineStore(directory);
  const named = await Promise.all(
    (await baselines.list()).map(async (name) => ({
      name,
      ...(await read(() => baselines.load(name))),
    })),
  );
  const ids = await runs.list();
  const listed: SavedResult[] = [];
  for (const id of ids) {
    const names = named.filter(({ document }) => document?.run.id === id).map(({ name }) => name);
    listed.push(summary(id, true, names, await read(() => runs.load(id))));
  }
  const alone = named.filter(({ document }) => !ids.includes(document?.run.id ?? ''));
  for (const { name, ...found } of alone) {
    listed.push(summary(found.document?.run.id ?? '', false, [name], found));
  }
  return listed;
}

interface Found {
  readonly document: ResultDocument | null;
  readonly fault: string | null;
}

/** A file that can't be read is a line that says so. */
async function read(load: () => Promise<ResultDocument>): Promise<Found> {
  try {
    return { document: await load(), fault: null };
  } catch (error) {
    if (error instanceof UserError) return { document: null, fault: error.message };
    throw error;
  }
}

function summary(
  id: string,
  saved: boolean,
  baselines: readonly string[],
  { document, fault }: Found,
): SavedResult {
  const cells = document?.results ?? [];
  const hostname = document?.run.host.hostname;
  return {
    ...{ id, saved, baselines, fault },
    started: document?.run.started ?? null,
    complete: document?.run.complete ?? null,
    host: typeof hostname === 'string' ? hostname : null,
    probes: [...new Set(cells.map(({ probe }) => probe))],
    cells: document === null ? null : cells.length,
    trials: document === null ? null : cells.reduce((sum, cell) => sum + cell.trials, 0),
    command: document?.run.command ?? null,
  };
}
