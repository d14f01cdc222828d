import { type FileHandle, open, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.js';
import { birthOf } from './process-birth.js';
import { readText } from './read-text.js';
import type { RunHead } from './run-document.js';
import { cellResultSchema, runSchema, trialSchema } from './schema.js';
import { codeOf, flushDirectory } from './write-whole.js';

/**
 * The journal of a run: a line of JSON for the plan, then one for each finished trial, each on
 * disk before the next trial starts. What ends the run (a signal, a power cut) costs the trial
 * under way at most. It is removed when the result has been saved whole.
 */
export const JOURNAL_EXTENSION = '.journal';
const JOURNAL_VERSION = 1;

const processSchema = z.object({
  hostname: z.string(),
  pid: z.int().positive(),
  /** Tells it from a later process with the same number; null = not known. */
  birth: z.string().nullable(),
});

const headSchema = z.object({
  run: runSchema
    .pick({
      ...{ id: true, started: true, command: true, ipcbench: true, host: true },
      ...{ calibration: true, calibration_note: true, split_resolution_us: true },
    })
    .extend({ seed: z.int(), plan: runSchema.shape.plan.unwrap() }),
  cells: z.array(
    cellResultSchema
      .pick({
        probe: true,
        pattern: true,
        parameters: true,
        size_bytes: true,
        placement: true,
        client_cpu: true,
        server_cpu: true,
        wait: true,
        clients: true,
        options: true,
      })
      .extend({
        unavailable: z.object({ reason: z.string(), remedy: z.string().nullable() }).nullable(),
        copies: z.object({ user: z.number(), kernel: z.number() }).nullable().default(null),
      }),
  ),
  harness: z.object({ cell: z.int().nonnegative(), shown: z.boolean() }).nullable(),
});

const headerSchema = z.object({
  ipcbench_journal: z.literal(JOURNAL_VERSION),
  head: headSchema,
  /** Settings by name, as text. */
  options: z.record(z.string(), z.string()),
  /** Where the result goes; null = the directory of the journal, by the run's id. */
  output: z.string().nullable(),
  process: processSchema,
});

const trialLineSchema = z.object({
  cell: z.int().nonnegative(),
  /** Of measuring, when the trial had ended. */
  elapsed_ms: z.number().nonnegative(),
  trial: trialSchema,
});

const resumedLineSchema = z.object({
  resumed: z.object({ at: z.iso.datetime(), host_differs: z.array(z.string()) }),
  process: processSchema,
});

/** Which process writes a journal. */
export type JournalProcess = z.infer<typeof processSchema>;
export interface JournalHeader extends Omit<z.infer<typeof headerSchema>, 'head'> {
  readonly head: RunHead;
}
export type JournalTrial = z.infer<typeof trialLineSchema>;
export type JournalResumption = z.infer<typeof resumedLineSchema>;

/** A journal as it was read. */
export interface Journal {
  readonly path: string;
  readonly header: JournalHeader;
  readonly trials: readonly JournalTrial[];
  readonly resumptions: readonly (JournalResumption & { readonly trials: number })[];
  /** The last line was begun and not finished; it counts for nothing. */
  readonly torn: boolean;
  /** Length of the lines that are whole. */
  readonly wholeBytes: number;
}

/** Appends lines to a journal. */
export class JournalWriter {
  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
  ) {}

  /** @throws UserError when it can't be written */
  static async create(path: string, header: Omit<JournalHeader, 'ipcbench_journal'>) {
    const file = await openFile(path, 'wx');
    const writer = new JournalWriter(path, file);
    await writer.append({ ipcbench_journal: JOURNAL_VERSION, ...header });
    await flushDirectory(dirname(path));
    return writer;
  }

  /**
   * Goes on with a journal, without the line that was torn.
   *
   * @throws UserError when it can't be written
   */
  static async reopen({ path, wholeBytes }: Journal, resumption: JournalResumption) {
    const file = await openFile(path, 'r+');
    await file.truncate(wholeBytes);
    await file.close();
    const writer = new JournalWriter(path, await openFile(path, 'a'));
    await writer.append(resumption);
    return writer;
  }

  /** The line is on disk when this is over. */
  async append(line: object): Promise<void> {
    await this.file.appendFile(`${JSON.stringify(line)}\n`, 'utf8');
    await this.file.datasync();
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  /** Closes and removes it: what it holds is in the result. */
  async remove(): Promise<void> {
    await this.close();
    await rm(this.path, { force: true });
  }
}

async function openFile(path: string, flags: string): Promise<FileHandle> {
  try {
    return await open(path, flags, 0o666);
  } catch (error) {
    throw new UserError(`Can't write the journal ${path}: ${codeOf(error) ?? String(error)}.`, [
      'Finished trials are kept in it: it needs a directory that you may write to.',
    ]);
  }
}

/**
 * Reads a journal. A line without its end is left out.
 *
 * @throws UserError when it can't be read, isn't a journal, or is damaged before its last line
 */
export async function readJournal(path: string): Promise<Journal> {
  return parseJournal(await readText(path), path);
}

/** @throws UserError when it isn't a journal, or is damaged before its last line */
export function parseJournal(text: string, path: string): Journal {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const [first, ...rest] = whole.split('\n').slice(0, -1);
  if (first === undefined) {
    throw new UserError(`${path} has no whole line: its run was ended before it began.`, [
      'There is nothing in it: remove it.',
    ]);
  }
  const header = readHeader(first, path);
  const trials: JournalTrial[] = [];
  const resumptions: Journal['resumptions'][number][] = [];
  for (const [i, line] of rest.entries()) {
    const read = readLine(line, `${path}, line ${i + 2}`);
    if ('resumed' in read) resumptions.push({ ...read, trials: trials.length });
    else trials.push(read);
  }
  checkTrials(trials, header, path);
  const torn = whole.length < text.length;
  return { path, header, trials, resumptions, torn, wholeBytes: Buffer.byteLength(whole) };
}

/** The trials of each cell, by repetition. */
export function trialsByCell({ header, trials }: Journal): JournalTrial['trial'][][] {
  const byCell: JournalTrial['trial'][][] = header.head.cells.map(() => []);
  for (const { cell, trial } of trials) byCell[cell]?.push(trial);
  return byCell;
}

/** The process that wrote last, when it is still at it; only on its own machine can that be known. */
export function livingWriter({ header, resumptions }: Journal): number | null {
  const { hostname: host, pid, birth } = resumptions.at(-1)?.process ?? header.process;
  if (host !== hostname()) return null;
  return birth !== null && birthOf(pid) === birth ? pid : null;
}

/** This process, for the journal that it writes. */
export function thisProcess(): JournalProcess {
  return { hostname: hostname(), pid: process.pid, birth: birthOf(process.pid) };
}

function readHeader(line: string, path: string): JournalHeader {
  const parsed = headerSchema.safeParse(jsonOf(line));
  if (parsed.success) return parsed.data;
  throw new UserError(`${path} isn't a journal that this version of ipcbench reads.`, [
    'Give the journal of a run (its id, or RUN.journal beside the results).',
  ]);
}

function readLine(line: string, place: string): JournalTrial | JournalResumption {
  const value = jsonOf(line);
  const parsed = z.union([trialLineSchema, resumedLineSchema]).safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UserError(`The journal is damaged: ${place}.`, [
    'The trials before that line are whole: cut it there to keep them.',
  ]);
}

/** Each trial of a cell once, in their order. */
function checkTrials(trials: readonly JournalTrial[], { head }: JournalHeader, path: string) {
  const counts = head.cells.map(() => 0);
  for (const { cell, trial } of trials) {
    if (counts[cell] === undefined || trial.repetition !== counts[cell]) {
      throw new UserError(
        `The journal is damaged: ${path} has trial ${trial.repetition} of cell ${cell} out of turn.`,
        ['Measure again.'],
      );
    }
    counts[cell] += 1;
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
