import type { Plan, Trial } from '../plan/types.js';
import type { Runner, TrialOutcome, TrialProgress } from '../runner/types.js';

/** A trial's place in the session, for displays. */
export interface TrialPosition {
  /** Trials that have ended or were left out so far. */
  readonly done: number;
  readonly total: number;
}

/** What a session tells while it goes on. */
export interface SessionEvents {
  readonly onTrialStart?: (trial: Trial, position: TrialPosition) => void;
  /** A few times a second; without this callback the results page isn't read meanwhile. */
  readonly onProgress?: (trial: Trial, progress: TrialProgress) => void;
  readonly onTrialEnd?: (trial: Trial, outcome: TrialOutcome, position: TrialPosition) => void;
  /** Every cell has had its next trial: a good moment to save. */
  readonly onBlockEnd?: (record: SessionRecord) => void | Promise<void>;
}

/** A trial that was carried out. */
export interface TrialEntry {
  readonly outcome: TrialOutcome;
  /** Position among all trials as carried out, from 0. */
  readonly order: number;
}

/** What has been measured, by cell index and repetition. */
export interface SessionRecord {
  readonly entries: readonly (readonly TrialEntry[])[];
  /** All trials of the plan were carried out, or left out for a reason of their cell's. */
  readonly complete: boolean;
}

/**
 * Carries out a plan. A cell whose first trial has no figures is not tried again. When the
 * signal fires, the trial under way is ended, not recorded, and the record is incomplete.
 */
export async function carryOut(
  plan: Plan,
  runner: Runner,
  signal: AbortSignal,
  events: SessionEvents = {},
): Promise<SessionRecord> {
  const entries: TrialEntry[][] = plan.cells.map(() => []);
  const total = plan.trials.length;
  const blockSize = total / plan.trialsPerCell;
  let order = 0;
  for (const [index, trial] of plan.trials.entries()) {
    if (signal.aborted) break;
    const cellEntries = entries[trial.cell.index] ?? [];
    if (!isHopeless(cellEntries)) {
      events.onTrialStart?.(trial, { done: index, total });
      const outcome = await runner.run(trial, trialOptions(plan, trial, signal, events));
      if (outcome.status === 'stopped' && signal.aborted) break;
      cellEntries.push({ outcome, order });
      order += 1;
      events.onTrialEnd?.(trial, outcome, { done: index + 1, total });
    }
    const blockEnds = (index + 1) % blockSize === 0;
    if (blockEnds) await events.onBlockEnd?.({ entries, complete: index + 1 === total });
  }
  return { entries, complete: !signal.aborted };
}

/** What failed at once would fail again; what failed later may have had bad luck. */
function isHopeless(entries: readonly TrialEntry[]): boolean {
  const first = entries[0];
  return first !== undefined && first.outcome.status !== 'ok';
}

function trialOptions(plan: Plan, trial: Trial, signal: AbortSignal, events: SessionEvents) {
  const { onProgress } = events;
  return {
    durationNs: plan.durationNs,
    warmupNs: plan.warmupNs,
    timeLimitNs: plan.timeLimitNs,
    signal,
    ...(onProgress && {
      onProgress: (progress: TrialProgress) => onProgress(trial, progress),
    }),
  };
}
