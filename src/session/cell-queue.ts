import type { Plan, Trial } from '../plan/types.js';
import type { TrialRecord } from '../store/schema.js';
import { type StoppingRules, type StopReason, stopState } from '../store/stopping.js';
import { stoppingGroups } from '../store/stopping-groups.js';
import { planHead } from './run-head.js';
import type { TrialPosition } from './session.js';

/** Cells that stop together. */
interface GroupState {
  readonly rules: StoppingRules;
  readonly cells: CellState[];
  /** Trials of each until they are looked at again. */
  nextLook: number;
}

/** What is known of a cell while its run goes on. */
interface CellState {
  readonly index: number;
  readonly group: GroupState;
  readonly records: TrialRecord[];
  stopped: StopReason | null;
}

/** Which trials of a plan are still needed: what each cell has, and whether it is enough. */
export class CellQueue {
  readonly #cells: readonly CellState[];
  #done = 0;
  #total: number;

  /** @param records what earlier sessions of the run measured */
  constructor(
    private readonly plan: Plan,
    records: readonly (readonly TrialRecord[])[] = [],
  ) {
    this.#cells = cellStates(plan);
    this.#total = plan.trials.length;
    for (const [index, own] of records.entries()) {
      const cell = this.#cells[index];
      if (cell && own.length > 0) this.#take(cell, own);
    }
  }

  /** Whether a trial is to be carried out now. */
  wants({ cell: { index }, repetition }: Trial, elapsedMs: number): boolean {
    const cell = this.#cells[index];
    if (!cell || cell.stopped !== null || isHopeless(cell) || repetition < cell.records.length) {
      return false;
    }
    const limitMs = (this.plan.maxTimeNs ?? Number.POSITIVE_INFINITY) / 1e6;
    if (elapsedMs < limitMs || cell.records.length === 0) return true;
    this.#stop(cell, 'max-time');
    return false;
  }

  add({ cell: { index } }: Trial, record: TrialRecord): void {
    const cell = this.#cells[index];
    if (cell) this.#take(cell, [record]);
  }

  position(): TrialPosition {
    const sure = this.#cells.reduce((sum, cell) => sum + this.#sure(cell), 0);
    return { done: this.#done, total: this.#total, least: this.#done + sure };
  }

  /** The trials of each cell, and why it has no more. */
  outcome(): { records: readonly TrialRecord[][]; stops: readonly (StopReason | null)[] } {
    return {
      records: this.#cells.map(({ records }) => records),
      stops: this.#cells.map((cell) =>
        this.plan.cells[cell.index]?.unavailable || isHopeless(cell)
          ? null
          : (cell.stopped ?? 'interrupted'),
      ),
    };
  }

  #take(cell: CellState, records: readonly TrialRecord[]): void {
    cell.records.push(...records);
    this.#done += records.length;
    if (isHopeless(cell)) this.#leaveOut(cell);
    const { cells, nextLook } = cell.group;
    const measured = cells.filter((one) => !isHopeless(one));
    if (measured.every((one) => one.records.length >= nextLook)) this.#look(cell.group, measured);
  }

  #look(group: GroupState, measured: readonly CellState[]): void {
    const [first] = measured;
    if (first === undefined) return;
    const at = { index: first.index, seed: this.plan.seed };
    const records = measured.map((cell) => cell.records);
    const { reason, nextLook } = stopState(records, group.rules, at);
    group.nextLook = nextLook;
    if (reason === null) return;
    for (const cell of measured) if (cell.stopped === null) this.#stop(cell, reason);
  }

  #stop(cell: CellState, reason: StopReason): void {
    cell.stopped = reason;
    this.#leaveOut(cell);
  }

  #leaveOut({ group: { rules }, records }: CellState): void {
    this.#total -= rules.maxTrials - records.length;
  }

  #sure(cell: CellState): number {
    const away = this.plan.cells[cell.index]?.unavailable !== null;
    if (away || cell.stopped !== null || isHopeless(cell)) return 0;
    return Math.max(0, cell.group.nextLook - cell.records.length);
  }
}

/** By cell index. */
function cellStates(plan: Plan): CellState[] {
  const { plan: settings, ...head } = planHead(plan);
  const groups = stoppingGroups({ ...head, run: { plan: settings } });
  const states = groups.flatMap(({ cells, rules }) => {
    const nextLook = Math.min(rules.minTrials, rules.maxTrials);
    const group: GroupState = { rules, cells: [], nextLook };
    for (const index of cells) group.cells.push({ index, group, records: [], stopped: null });
    return group.cells;
  });
  return states.sort((a, b) => a.index - b.index);
}

/** What failed at once would fail again; what failed later may have had bad luck. */
function isHopeless({ records: [first] }: CellState): boolean {
  return first !== undefined && first.status !== 'ok';
}
