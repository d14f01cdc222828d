import { dirname } from 'node:path';
import { UserError } from '../errors.js';
import { readHostFacts } from '../host/environment.js';
import { readSetting, SETTING_NAMES, type SettingsInput } from '../plan/settings.js';
import type { Plan } from '../plan/types.js';
import type { Runner } from '../runner/types.js';
import {
  type Journal,
  JournalWriter,
  livingWriter,
  readJournal,
  thisProcess,
  trialsByCell,
} from '../store/journal.js';
import { resumptionsOf } from '../store/journal-document.js';
import { ResultStore } from '../store/store.js';
import { CellQueue } from './cell-queue.js';
import { openDestination } from './destination.js';
import { carryOutAndSave, type Measured } from './measure.js';
import type { ReportStream } from './reporter.js';
import { planOf } from './run-head.js';

export interface ResumeRequest {
  /** The id of the run or its beginning, `@latest`, or its journal. */
  readonly ref: string;
  /** Settings that were typed: they must be those of the run. */
  readonly typed: SettingsInput;
  /** Go on although the host is no longer as it was. */
  readonly force: boolean;
  readonly version: string;
  readonly resultsDirectory: string;
  readonly runner: Runner;
  readonly stderr: ReportStream;
}

/**
 * Goes on with a run that was cut off: its plan, its order, its journal. It ends in the same file
 * as if it had never been cut off.
 *
 * @throws UserError when there is no such journal, its run is still going on, or host, version or
 *   options are not those of the run
 */
export async function resumeRun(request: ResumeRequest): Promise<Measured> {
  const { resultsDirectory, runner, stderr } = request;
  const path = await new ResultStore(resultsDirectory).resolveJournal(request.ref);
  const journal = await readJournal(path);
  const { compiler } = await runner.describe();
  const hostDiffers = differingFacts(journal.header.head.run.host, readHostFacts(compiler));
  check(journal, request, hostDiffers);
  const { head, output } = journal.header;
  const plan = planOf(head);
  const destination = await openDestination(output ?? undefined, dirname(path));
  if (journal.torn) stderr.write('the last line of the journal was torn: it is dropped\n');
  for (const difference of hostDiffers) stderr.write(`the host has changed: ${difference}\n`);
  await runner.sweep();
  const at = new Date().toISOString();
  const writer = await JournalWriter.reopen(journal, {
    resumed: { at, host_differs: hostDiffers },
    process: thisProcess(),
  });
  const resumption = { at, trials: journal.trials.length, host_differs: hostDiffers };
  const begun = {
    ...begunOf(journal, plan),
    resumed: [...resumptionsOf(journal), resumption],
  };
  return carryOutAndSave({ plan, head, destination, journal: writer, runner, stderr, begun });
}

function begunOf(journal: Journal, plan: Plan) {
  const records = trialsByCell(journal);
  return {
    records,
    elapsedMs: journal.trials.at(-1)?.elapsed_ms ?? 0,
    position: new CellQueue(plan, records).position(),
  };
}

/** Facts that don't vary from one minute to the next. */
const LASTING_FACTS = [
  'hostname',
  'os',
  'distribution',
  'kernel',
  'arch',
  'cpu_model',
  'cpus_allowed',
  'memory_bytes',
  'node',
  'compiler',
  'clocksource',
  'governor',
  'turbo',
  'mitigations',
  'virtualisation',
  'aslr',
  'transparent_hugepages',
] as const;

/** What of the host is no longer as a run has it, in words. */
export function differingFacts(
  then: Readonly<Record<string, unknown>>,
  now: Readonly<Record<(typeof LASTING_FACTS)[number], unknown>>,
): string[] {
  return LASTING_FACTS.flatMap((fact) => {
    const [was, is] = [then[fact] ?? null, now[fact] ?? null].map((value) => JSON.stringify(value));
    return was === is ? [] : [`${fact} was ${was} and is ${is}`];
  });
}

/** Settings that are not those of the run, in words. */
export function differingOptions(
  typed: SettingsInput,
  options: Readonly<Record<string, string>>,
  seed: number,
): string[] {
  return SETTING_NAMES.flatMap((name) => {
    const text = typed[name];
    if (text === undefined) return [];
    const was = name === 'seed' ? String(seed) : options[name];
    const read = (value: string) => JSON.stringify(readSetting(name, value));
    if (was !== undefined && read(was) === read(text)) return [];
    return [`--${name} was ${was ?? 'not given'} and is ${text}`];
  });
}

function check(journal: Journal, request: ResumeRequest, hostDiffers: readonly string[]): void {
  const { head, options } = journal.header;
  const writer = livingWriter(journal);
  if (writer !== null) {
    throw new UserError(`Run ${head.run.id} is still going on, in process ${writer}.`, [
      'Wait for its end, or stop it with Ctrl-C first.',
    ]);
  }
  if (head.run.ipcbench !== request.version) {
    throw new UserError(
      `Run ${head.run.id} was begun by ipcbench ${head.run.ipcbench}; this is ${request.version}.`,
      ['Resume it with that version: figures of two versions are no one run.'],
    );
  }
  const optionsDiffer = differingOptions(request.typed, options, head.run.seed);
  if (optionsDiffer.length > 0) {
    throw new UserError(`Run ${head.run.id} has other options: ${optionsDiffer.join('; ')}.`, [
      'Resume it without options: it goes on with its own.',
    ]);
  }
  if (hostDiffers.length === 0 || request.force) return;
  throw new UserError(`The host is no longer as run ${head.run.id} had it.`, [
    ...hostDiffers,
    'Measure again, or go on all the same with --force: the result will say so.',
  ]);
}
