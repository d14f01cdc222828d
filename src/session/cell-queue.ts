import type { Plan, Trial } from '../plan/types.js';
import { stoppingRules } from '../store/run-document.js';
import type { TrialRecord } from '../store/schema.js';
import { type StoppingRules, type StopReason, stopState } from '../store/stopping.js';
import { planHead } from './run-head.js';
import type { TrialPosition } from './session.js';

/** What is known of a cell while its run goes on. */
interface CellState {
  readonly index: number;
  readonly rules: StoppingRules;
  readonly records: TrialRecord[];
  /** Trials until it is looked at again. */
  nextLook: number;
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
    const { plan: settings, ...head } = planHead(plan);
    const rules = (index: number) => stoppingRules({ ...head, run: { plan: settings } }, index);
    this.#cells = plan.cells.map(({ index }) => ({
      index,
      rules: rules(index),
      records: [],
      nextLook: Math.min(rules(index).minTrials, rules(index).maxTrials),
      stopped: null,
    }));
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
    else if (cell.records.length >= cell.nextLook) this.#look(cell);
  }

  #look(cell: CellState): void {
    const { index, records, rules } = cell;
    const { reason, nextLook } = stopState(records, rules, { index, seed: this.plan.seed });
    cell.nextLook = nextLook;
    if (reason !== null) this.#stop(cell, reason);
  }

  #stop(cell: CellState, reason: StopReason): void {
    cell.stopped = reason;
    this.#leaveOut(cell);
  }

  #leaveOut({ rules, records }: CellState): void {
    this.#total -= rules.maxTrials - records.length;
  }

  #sure(cell: CellState): number {
    const away = this.plan.cells[cell.index]?.unavailable !== null;
    if (away || cell.stopped !== null || isHopeless(cell)) return 0;
    return cell.nextLook - cell.records.length;
  }
}

/** What failed at once would fail again; what failed later may have had bad luck. */
function isHopeless({ records: [first] }: CellState): boolean {
  return first !== undefined && first.status !== 'ok';
}
