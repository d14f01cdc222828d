import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { UserError } from '../errors.js';
import { formatDocument } from './format.js';
import { JOURNAL_EXTENSION, readJournal } from './journal.js';
import { journalDocument } from './journal-document.js';
import { parseResultDocument } from './parse.js';
import { readText } from './read-text.js';
import type { ResultDocument } from './schema.js';
import { codeOf, removeLeftovers, writeWhole } from './write-whole.js';

export { writeWhole } from './write-whole.js';

/** Run ids sort by start time: `20261121T031500Z-31537`. */
const RUN_ID = /^\d{8}T\d{6}Z-[0-9a-f]{4,}$/;
const EXTENSION = '.json';
/** As many candidates as a message names. */
const NAMED_AT_MOST = 5;

/**
 * A new run id: the start in UTC to the second, and a suffix of the milliseconds, by which runs of
 * the same second are in order, and random digits, which keep runs of the same moment apart.
 */
export function createRunId(started: Date): string {
  const stamp = started
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '');
  const ms = started.getUTCMilliseconds().toString(16).padStart(3, '0');
  return `${stamp}-${ms}${randomBytes(1).toString('hex')}`;
}

/**
 * Where results of one's own are kept: IPCBENCH_RESULTS when set; `results/` of
 * a checkout; else the user's state directory (XDG Base Directory
 * Specification), because an installed package isn't a place to write to.
 *
 * @param env environment variables
 * @param packageRoot directory of package.json
 * @returns an absolute path that may not exist yet
 */
export function resultsDirectory(
  env: Readonly<Record<string, string | undefined>>,
  packageRoot: string,
): string {
  if (env.IPCBENCH_RESULTS) return resolve(env.IPCBENCH_RESULTS);
  const installed = resolve(packageRoot).split(sep).includes('node_modules');
  const checkout = join(resolve(packageRoot), 'results');
  if (!installed && isWritable(existsSync(checkout) ? checkout : packageRoot)) return checkout;
  const state = env.XDG_STATE_HOME;
  // The specification: a relative path is invalid and ignored.
  if (state && isAbsolute(state)) return join(state, 'ipcbench', 'results');
  return join(env.HOME || homedir(), '.local', 'state', 'ipcbench', 'results');
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The saved runs of one directory. */
export class ResultStore {
  /** @param directory made at the first save */
  constructor(readonly directory: string) {}

  /**
   * Saves a document as `<id>.json`, whole or not at all, over an earlier state
   * of the same run, and removes what dead processes left in the directory.
   *
   * @returns the path of the file
   * @throws UserError when the directory can't be made or written to
   */
  async save(document: ResultDocument): Promise<string> {
    await this.#prepare();
    const path = join(this.directory, document.run.id + EXTENSION);
    await writeWhole(path, formatDocument(document));
    return path;
  }

  /**
   * Reads a saved result; of a run that was cut off, its journal: the trials that were finished.
   *
   * @param ref a path; a run id or the beginning of exactly one; `@latest`;
   *   `@-1` (the latest as well), `@-2` (the one before it), ...
   * @throws UserError when nothing or more than one thing matches, or the file isn't a result
   */
  async load(ref: string): Promise<ResultDocument> {
    const path = await this.resolve(ref);
    if (path.endsWith(JOURNAL_EXTENSION)) return journalDocument(await readJournal(path));
    return parseResultDocument(await readText(path), path);
  }

  /**
   * The path of the file that a reference means; see `load`.
   *
   * @throws UserError when nothing or more than one thing matches
   */
  async resolve(ref: string): Promise<string> {
    const ids = await this.list();
    if (ref.startsWith('@')) return this.#newest(nthLatest(ref, ids, this.directory));
    const looksLikePath = isPathLike(ref);
    const matches = matching(ref, ids);
    const [match] = matches;
    if (!looksLikePath && match !== undefined && matches.length === 1) return this.#newest(match);
    if (ref !== '' && (await isFile(ref))) return resolve(ref);
    if (!looksLikePath && matches.length > 1) throw ambiguous(ref, matches);
    throw this.#notFound(ref, looksLikePath, ids);
  }

  /**
   * The path of the journal that a reference means.
   *
   * @param ref a path of a journal; the id of a run or the beginning of exactly one; `@latest` and
   *   so on, among the runs that have a journal
   * @throws UserError when nothing or more than one thing matches
   */
  async resolveJournal(ref: string): Promise<string> {
    const ids = (await this.#names()).get(JOURNAL_EXTENSION) ?? [];
    const path = (id: string) => join(this.directory, id + JOURNAL_EXTENSION);
    if (ids.length === 0 && !isPathLike(ref)) throw nothingToResume(ref, this.directory);
    if (ref.startsWith('@')) return path(nthLatest(ref, ids, this.directory));
    if (isPathLike(ref)) {
      if (ref.endsWith(JOURNAL_EXTENSION) && (await isFile(ref))) return resolve(ref);
      throw new UserError(`There is no journal "${ref}".`, [
        'A run that was cut off has one beside its result: RUN.journal.',
      ]);
    }
    const matches = matching(ref, ids);
    if (matches.length > 1) throw ambiguous(ref, matches);
    if (matches[0] === undefined) throw nothingToResume(ref, this.directory, ids);
    return path(matches[0]);
  }

  /**
   * The ids of all saved runs, oldest first, with those that were cut off or are going on; none
   * when the directory doesn't exist.
   */
  async list(): Promise<string[]> {
    const names = await this.#names();
    return [...new Set([...names.values()].flat())].sort();
  }

  /** Ids by the extension of their files, oldest first. */
  async #names(): Promise<ReadonlyMap<string, string[]>> {
    let names: string[];
    try {
      names = await readdir(this.directory);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return new Map();
      throw new UserError(`Can't list the results in ${this.directory}: ${codeOf(error)}.`, [
        'Set IPCBENCH_RESULTS to a directory that you may read.',
      ]);
    }
    const idsWith = (extension: string) =>
      names
        .filter((name) => name.endsWith(extension))
        .map((name) => name.slice(0, -extension.length))
        .filter((id) => RUN_ID.test(id))
        .sort();
    return new Map([EXTENSION, JOURNAL_EXTENSION].map((one) => [one, idsWith(one)] as const));
  }

  async #prepare(): Promise<void> {
    try {
      await mkdir(this.directory, { recursive: true });
    } catch (error) {
      throw new UserError(`Can't make ${this.directory} for results: ${codeOf(error)}.`, [
        'Set IPCBENCH_RESULTS to a directory of yours, or give --output FILE.',
      ]);
    }
    // Tidying up must not cost anybody a result.
    await removeLeftovers(this.directory).catch(() => {});
  }

  /** A run that was interrupted and taken up again has a result that is older than its journal. */
  async #newest(id: string): Promise<string> {
    const [result, journal] = [EXTENSION, JOURNAL_EXTENSION].map((extension) =>
      join(this.directory, id + extension),
    ) as [string, string];
    const [saved, written] = await Promise.all([timeOf(result), timeOf(journal)]);
    return written > saved ? journal : result;
  }

  #notFound(ref: string, looksLikePath: boolean, ids: readonly string[]): UserError {
    if (looksLikePath) {
      return new UserError(`There is no result file "${ref}".`, ['Check the path.']);
    }
    const latest = ids.slice(-NAMED_AT_MOST).reverse();
    return new UserError(
      `No saved run begins with "${ref}" in ${this.directory}, and no file has that name.`,
      latest.length === 0
        ? ['Make a result first: ipcbench run pipe']
        : [`The latest runs: ${latest.join(', ')}`, 'Or give @latest, or the path of a file.'],
    );
  }
}

function nthLatest(ref: string, ids: readonly string[], directory: string): string {
  const back = ref === '@latest' ? 1 : Number(/^@-([1-9]\d{0,8})$/.exec(ref)?.[1] ?? Number.NaN);
  if (Number.isNaN(back)) {
    throw new UserError(`"${ref}" doesn't name a saved run.`, [
      'Give @latest, @-2 for the run before it, @-3 and so on.',
    ]);
  }
  const id = ids.at(-back);
  if (id === undefined) {
    throw new UserError(
      `"${ref}" isn't there: ${directory} has ${ids.length === 1 ? '1 run' : `${ids.length} runs`}.`,
      [ids.length === 0 ? 'Make a result first: ipcbench run pipe' : 'Give @latest.'],
    );
  }
  return id;
}

function ambiguous(ref: string, matches: readonly string[]): UserError {
  const shown = matches.slice(0, NAMED_AT_MOST).join(', ');
  const more = matches.length > NAMED_AT_MOST ? ', ...' : '';
  return new UserError(`"${ref}" is the beginning of ${matches.length} runs: ${shown}${more}.`, [
    'Give more of the id.',
  ]);
}

function nothingToResume(ref: string, directory: string, ids: readonly string[] = []): UserError {
  const latest = ids.slice(-NAMED_AT_MOST).reverse();
  return new UserError(`There is no journal of a run "${ref}" in ${directory}.`, [
    'A run that ended has none: its result is whole.',
    ...(latest.length > 0 ? [`Runs that can be resumed: ${latest.join(', ')}`] : []),
  ]);
}

function isPathLike(ref: string): boolean {
  const extensions = [EXTENSION, JOURNAL_EXTENSION];
  return ref === '' || ref.includes(sep) || extensions.some((one) => ref.endsWith(one));
}

function matching(ref: string, ids: readonly string[]): readonly string[] {
  return ids.includes(ref) ? [ref] : ids.filter((id) => id.startsWith(ref));
}

/** When a file was written, in ms; before all others when it isn't there. */
async function timeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.mtimeMs ?? Number.NEGATIVE_INFINITY;
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && !found.isDirectory();
}
