import { randomBytes } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../errors.js';
import { readHostFacts } from '../host/environment.js';
import { readTickUs } from '../host/tick.js';
import type { Plan } from '../plan/types.js';
import type { Runner } from '../runner/types.js';
import type { JournalWriter } from '../store/journal.js';
import { type RunHead, type RunState, runDocument } from '../store/run-document.js';
import type { ResultDocument } from '../store/schema.js';
import { calibrateFor } from './calibrate.js';
import { type Destination, openDestination } from './destination.js';
import { runHead } from './document.js';
import { type Interrupts, listenForInterrupts } from './interrupts.js';
import { type PlanRequest, type Prepared, prepare } from './prepare.js';
import { Reporter, type ReportStream } from './reporter.js';
import { type Begun, carryOut, type FinishedTrial, type TrialPosition } from './session.js';

/** As for anything that the user can put right. */
const EXIT_NOT_SAVED = 2;

export interface MeasureRequest extends PlanRequest {
  /** The command line, for the record. */
  readonly command: string;
  readonly version: string;
  /** The file that was asked for; absent = the directory of results. */
  readonly output?: string | undefined;
  readonly resultsDirectory: string;
  readonly stderr: ReportStream;
  /** Whether to measure first what primitives cost here; so unless false. */
  readonly calibrate?: boolean;
}

export interface Measured {
  readonly document: ResultDocument;
  /** Where the document was saved; null when it was not. */
  readonly path: string | null;
  /** Why it could not be saved, although it could when the run began; else null. */
  readonly saveError: UserError | null;
  /** The journal, from which the run can be resumed; null when there is nothing to resume. */
  readonly journal: string | null;
  /** 0; 1 when a trial failed; 2 when nothing could be saved; 128 + signal when interrupted. */
  readonly exitCode: number;
}

/**
 * Measures: plans, carries out, reports meanwhile, saves. Whatever dead runs left behind is
 * removed first. An interrupted run keeps its cells that have a finished trial, and its journal.
 *
 * @throws UserError for what can't be planned or written, before anything is measured
 */
export async function measure(request: MeasureRequest): Promise<Measured> {
  const { output, resultsDirectory } = request;
  const prepared = await prepare(request);
  const destination = await openDestination(output, resultsDirectory);
  const interrupts = listenForInterrupts();
  try {
    return await begin(request, prepared, destination, interrupts);
  } finally {
    interrupts.release();
  }
}

async function begin(
  request: MeasureRequest,
  { plan, compiler }: Prepared,
  destination: Destination,
  interrupts: Interrupts,
): Promise<Measured> {
  const { output, resultsDirectory, runner, stderr } = request;
  const { createRunId } = await import('../store/store.js');
  const { JOURNAL_EXTENSION, JournalWriter, thisProcess } = await import('../store/journal.js');
  const started = new Date();
  const host = readHostFacts(compiler);
  await runner.sweep();
  const wanted = request.calibrate ?? true;
  const { calibration, note } = await calibrateFor(plan, runner, {
    wanted,
    signal: interrupts.signal,
  });
  if (wanted && note !== null && !interrupts.signal.aborted) stderr.write(`${note}\n`);
  const head = runHead(plan, {
    id: createRunId(started),
    started,
    command: request.command,
    version: request.version,
    host,
    ...{ calibration, calibrationNote: note, splitResolutionUs: await readTickUs() },
  });
  const folder = output === undefined ? resultsDirectory : dirname(resolve(output));
  const journal = await JournalWriter.create(join(folder, head.run.id + JOURNAL_EXTENSION), {
    head,
    options: textOnly(request.settings.text),
    output: output === undefined ? null : resolve(output),
    process: thisProcess(),
  });
  return carryOutAndSave({ plan, head, destination, journal, runner, stderr, interrupts });
}

/** A run that is about to begin, or to go on. */
export interface PreparedRun {
  readonly plan: Plan;
  readonly head: RunHead;
  readonly destination: Destination;
  readonly journal: JournalWriter;
  readonly runner: Runner;
  readonly stderr: ReportStream;
  /** Who listens for signals; absent = nobody does yet. */
  readonly interrupts?: Interrupts;
  /** Earlier sessions of the run; absent = it begins. */
  readonly begun?: Begun & {
    readonly position: TrialPosition;
    readonly resumed: RunState['resumed'];
  };
}

/** Carries a run out, or what is left of it, and saves it. The journal goes when all is saved. */
export async function carryOutAndSave(run: PreparedRun): Promise<Measured> {
  const { plan, head, destination, journal, runner, stderr, begun } = run;
  const interrupts = run.interrupts ?? listenForInterrupts();
  try {
    const reporter = new Reporter(plan, stderr, undefined, begun?.position);
    reporter.start();
    const events = { ...reporter.events(), onFinished: journaling(journal, reporter) };
    const record = await carryOut(plan, runner, interrupts.signal, events, begun && { begun });
    reporter.finish();
    const ended = new Date().toISOString();
    const document = runDocument(head, { ...record, ended, resumed: begun?.resumed ?? [] });
    const saved = await trySaving(destination, document);
    const whole = record.complete && saved.path !== null;
    const isEmpty = record.records.every((own) => own.length === 0);
    const kept = await closeJournal(journal, whole || isEmpty);
    const failed = hasFailure(document) ? 1 : 0;
    const exitCode = interrupts.exitCode() ?? (saved.saveError ? EXIT_NOT_SAVED : failed);
    return { document, ...saved, journal: kept, exitCode };
  } finally {
    interrupts.release();
  }
}

/** A seed for a run that wasn't given one: 32 random bits. */
export function randomSeed(): number {
  return randomBytes(4).readUInt32LE();
}

/** Puts each finished trial on disk. A full disk costs the journal, not the run. */
function journaling(journal: JournalWriter, reporter: Reporter) {
  let broken = false;
  return async ({ trial, record, elapsedMs }: FinishedTrial): Promise<void> => {
    if (broken) return;
    try {
      await journal.append({ cell: trial.cell.index, elapsed_ms: elapsedMs, trial: record });
    } catch (error) {
      broken = true;
      reporter.note(`the journal ends here: ${(error as Error).message}; the run goes on`);
    }
  };
}

/** Its path when it is kept. */
async function closeJournal(journal: JournalWriter, remove: boolean): Promise<string | null> {
  try {
    if (remove) await journal.remove();
    else await journal.close();
  } catch {
    // What could not be removed is older than the result and does no harm.
  }
  return remove ? null : journal.path;
}

/** A disk that fills up must not cost what has been measured: the caller still shows it. */
async function trySaving(
  destination: Destination,
  document: ResultDocument,
): Promise<Pick<Measured, 'path' | 'saveError'>> {
  // A run that was interrupted before it had any cell leaves no file.
  if (document.results.length === 0) return { path: null, saveError: null };
  try {
    return { path: await destination.save(document), saveError: null };
  } catch (error) {
    if (error instanceof UserError) return { path: null, saveError: error };
    throw error;
  }
}

function hasFailure(document: ResultDocument): boolean {
  return document.results.some(
    (cell) => cell.status === 'failed' || cell.per_trial.some((trial) => trial.status === 'failed'),
  );
}

function textOnly(text: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(text).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}
