import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { UserError } from '../errors.js';
import { formatDocument } from './format.js';
import { parseResultDocument } from './parse.js';
import type { ResultDocument } from './schema.js';
import { codeOf, removeLeftovers, writeWhole } from './write-whole.js';

export { writeWhole } from './write-whole.js';

/** Run ids sort by start time: `20261121T031500Z-7f3a`. */
const RUN_ID = /^\d{8}T\d{6}Z-[0-9a-f]{4,}$/;
const EXTENSION = '.json';
/** As many candidates as a message names. */
const NAMED_AT_MOST = 5;

/**
 * A new run id: the start in UTC to the second, and a random suffix that keeps
 * runs of the same second apart.
 */
export function createRunId(started: Date): string {
  const stamp = started
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '');
  return `${stamp}-${randomBytes(2).toString('hex')}`;
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
   * Reads a saved result.
   *
   * @param ref a path; a run id or the beginning of exactly one; `@latest`;
   *   `@-1` (the latest as well), `@-2` (the one before it), ...
   * @throws UserError when nothing or more than one thing matches, or the file isn't a result
   */
  async load(ref: string): Promise<ResultDocument> {
    const path = await this.resolve(ref);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      throw new UserError(`Can't read ${path}: ${codeOf(error) ?? String(error)}.`, [
        'Check that it is a file and that you may read it.',
      ]);
    }
    return parseResultDocument(text, path);
  }

  /**
   * The path of the file that a reference means; see `load`.
   *
   * @throws UserError when nothing or more than one thing matches
   */
  async resolve(ref: string): Promise<string> {
    const ids = await this.list();
    if (ref.startsWith('@')) return this.#path(nthLatest(ref, ids, this.directory));
    const matches = ids.includes(ref) ? [ref] : ids.filter((id) => id.startsWith(ref));
    const [match] = matches;
    const looksLikePath = ref === '' || ref.includes(sep) || ref.endsWith(EXTENSION);
    if (!looksLikePath && match !== undefined && matches.length === 1) return this.#path(match);
    if (ref !== '' && (await isFile(ref))) return resolve(ref);
    if (!looksLikePath && matches.length > 1) throw ambiguous(ref, matches);
    throw this.#notFound(ref, looksLikePath, ids);
  }

  /** The ids of all saved runs, oldest first; none when the directory doesn't exist. */
  async list(): Promise<string[]> {
    let names: string[];
    try {
      names = await readdir(this.directory);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw new UserError(`Can't list the results in ${this.directory}: ${codeOf(error)}.`, [
        'Set IPCBENCH_RESULTS to a directory that you may read.',
      ]);
    }
    return names
      .filter((name) => name.endsWith(EXTENSION))
      .map((name) => name.slice(0, -EXTENSION.length))
      .filter((id) => RUN_ID.test(id))
      .sort();
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

  #path(id: string): string {
    return join(this.directory, id + EXTENSION);
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

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && !found.isDirectory();
}
