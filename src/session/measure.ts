import { randomBytes } from 'node:crypto';
import { UserError } from '../errors.js';
import { readHostFacts } from '../host/environment.js';
import type { ResultDocument } from '../store/schema.js';
import { type Destination, openDestination } from './destination.js';
import { makeDocument, type RunIdentity } from './document.js';
import { listenForInterrupts } from './interrupts.js';
import { type PlanRequest, prepare } from './prepare.js';
import { Reporter, type ReportStream } from './reporter.js';
import { carryOut, type SessionRecord } from './session.js';

/** Saving takes time between trials: not more often than this. */
const SAVE_EVERY_MS = 5000;
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
}

export interface Measured {
  readonly document: ResultDocument;
  /** Where the document was saved; null when it was not. */
  readonly path: string | null;
  /** Why it could not be saved, although it could when the run began; else null. */
  readonly saveError: UserError | null;
  /** 0; 1 when a trial failed; 2 when nothing could be saved; 128 + signal when interrupted. */
  readonly exitCode: number;
}

/**
 * Measures: plans, carries out, reports meanwhile, saves. Whatever dead runs left behind is
 * removed first. An interrupted run keeps its cells that have a finished trial.
 *
 * @throws UserError for what can't be planned or written, before anything is measured
 */
export async function measure(request: MeasureRequest): Promise<Measured> {
  const { runner } = request;
  const { plan, compiler } = await prepare(request);
  const destination = await openDestination(request.output, request.resultsDirectory);
  const { createRunId } = await import('../store/store.js');
  const started = new Date();
  const identity: RunIdentity = {
    id: createRunId(started),
    started,
    command: request.command,
    version: request.version,
    host: readHostFacts(compiler),
  };
  const interrupts = listenForInterrupts();
  try {
    await runner.sweep();
    const reporter = new Reporter(plan, request.stderr);
    reporter.start();
    const record = await carryOut(plan, runner, interrupts.signal, {
      ...reporter.events(),
      onBlockEnd: savingNowAndThen(destination, reporter, (partial) =>
        makeDocument(plan, partial, identity, null),
      ),
    });
    reporter.finish();
    const document = makeDocument(plan, record, identity, new Date());
    const saved = await trySaving(destination, document);
    const failed = hasFailure(document) ? 1 : 0;
    const exitCode = interrupts.exitCode() ?? (saved.saveError ? EXIT_NOT_SAVED : failed);
    return { document, ...saved, exitCode };
  } finally {
    interrupts.release();
  }
}

/** A seed for a run that wasn't given one: 32 random bits. */
export function randomSeed(): number {
  return randomBytes(4).readUInt32LE();
}

/** Saves the document so far, so that a crash loses little; the end of the run saves anyway. */
function savingNowAndThen(
  destination: Destination,
  reporter: Reporter,
  document: (record: SessionRecord) => ResultDocument,
) {
  let savedAt = performance.now();
  return async (record: SessionRecord): Promise<void> => {
    if (record.complete || performance.now() - savedAt < SAVE_EVERY_MS) return;
    const { saveError } = await trySaving(destination, document(record));
    if (saveError) reporter.note(`not saved for now: ${saveError.message}`);
    savedAt = performance.now();
  };
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
