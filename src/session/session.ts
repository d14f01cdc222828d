import type { Plan, Trial } from '../plan/types.js';
import type { Runner, TrialProgress } from '../runner/types.js';
import type { RunState } from '../store/run-document.js';
import type { TrialRecord } from '../store/schema.js';
import { CellQueue } from './cell-queue.js';
import { trialRecord } from './trial-record.js';

/** A trial's place in the session, for displays. */
export interface TrialPosition {
  /** Trials that have ended so far. */
  readonly done: number;
  /** With those that are still to come; it falls when a cell has enough. */
  readonly total: number;
  /** Likewise, but only those that are sure to come. */
  readonly least: number;
}

/** A trial that has just ended. */
export interface FinishedTrial {
  readonly trial: Trial;
  readonly record: TrialRecord;
  /** Of measuring, with what earlier sessions of the run took. */
  readonly elapsedMs: number;
}

/** What a session tells while it goes on. */
export interface SessionEvents {
  readonly onTrialStart?: (trial: Trial, position: TrialPosition) => void;
  /** A few times a second; without this callback the results page isn't read meanwhile. */
  readonly onProgress?: (trial: Trial, progress: TrialProgress) => void;
  /** The next trial waits for it: what it writes is on disk by then. */
  readonly onFinished?: (finished: FinishedTrial) => Promise<void>;
  readonly onTrialEnd?: (trial: Trial, record: TrialRecord, position: TrialPosition) => void;
  /** Every cell that needs one has had its next trial. */
  readonly onBlockEnd?: (block: number, position: TrialPosition) => void;
}

/** What earlier sessions of the same run did. */
export interface Begun {
  /** Trials of each cell, by repetition. */
  readonly records: readonly (readonly TrialRecord[])[];
  readonly elapsedMs: number;
}

/** What has been measured, by cell index. */
export type SessionRecord = Pick<RunState, 'records' | 'stops' | 'complete'>;

export interface SessionOptions {
  /** Earlier sessions of the run; absent = it starts. */
  readonly begun?: Begun;
  /** A clock in ms, for tests. */
  readonly now?: () => number;
}

/**
 * Carries out a plan, or what is left of it. A cell whose first trial has no figures is not tried
 * again, one that has enough is passed over. When the signal fires, the trial under way is ended,
 * not recorded, and the record is incomplete.
 */
export async function carryOut(
  plan: Plan,
  runner: Runner,
  signal: AbortSignal,
  events: SessionEvents = {},
  { begun, now = () => performance.now() }: SessionOptions = {},
): Promise<SessionRecord> {
  const queue = new CellQueue(plan, begun?.records);
  const started = now();
  const elapsedMs = () => (begun?.elapsedMs ?? 0) + now() - started;
  let ranInBlock = 0;
  for (const [index, trial] of plan.trials.entries()) {
    if (signal.aborted) break;
    if (queue.wants(trial, elapsedMs())) {
      const record = await runTrial(trial, { plan, runner, signal, events, queue });
      if (record === null) break;
      queue.add(trial, record);
      ranInBlock += 1;
      await events.onFinished?.({ trial, record, elapsedMs: elapsedMs() });
      events.onTrialEnd?.(trial, record, queue.position());
    }
    const blockEnds = plan.trials[index + 1]?.repetition !== trial.repetition;
    if (blockEnds && ranInBlock > 0) events.onBlockEnd?.(trial.repetition, queue.position());
    if (blockEnds) ranInBlock = 0;
  }
  return { ...queue.outcome(), complete: !signal.aborted };
}

interface TrialSurroundings {
  readonly plan: Plan;
  readonly runner: Runner;
  readonly signal: AbortSignal;
  readonly events: SessionEvents;
  readonly queue: CellQueue;
}

/** Null when the run was interrupted meanwhile. */
async function runTrial(
  trial: Trial,
  { plan, runner, signal, events, queue }: TrialSurroundings,
): Promise<TrialRecord | null> {
  const { cell, repetition, environmentBytes } = trial;
  const order = queue.position().done;
  events.onTrialStart?.(trial, queue.position());
  const outcome = await runner.run(trial, trialOptions(plan, trial, signal, events));
  if (outcome.status === 'stopped' && signal.aborted) return null;
  return trialRecord(outcome, { pattern: cell.pattern, repetition, order, environmentBytes });
}

function trialOptions(plan: Plan, trial: Trial, signal: AbortSignal, events: SessionEvents) {
  const { onProgress } = events;
  return {
    durationNs: plan.durationNs,
    warmupNs: plan.warmupNs,
    timeLimitNs: plan.timeLimitNs,
    counters: plan.counters,
    signal,
    ...(onProgress && {
      onProgress: (progress: TrialProgress) => onProgress(trial, progress),
    }),
  };
}
