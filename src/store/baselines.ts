import { mkdir, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { formatDocument } from './format.js';
import { parseResultDocument } from './parse.js';
import type { ResultDocument } from './schema.js';
import { codeOf, writeWhole } from './write-whole.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** `@latest` is a run. */
const TAKEN = 'latest';
const EXTENSION = '.json';

/**
 * Results that were given a name to compare later ones with: copies in a folder beside the runs,
 * so that removing a run doesn't take its baseline away.
 */
export class BaselineStore {
  readonly directory: string;

  /** @param resultsDirectory where runs are saved; the folder is made at the first save */
  constructor(resultsDirectory: string) {
    this.directory = join(resultsDirectory, 'baselines');
  }

  /**
   * Saves a document under a name, over what had it before.
   *
   * @returns the path of the file
   * @throws UserError for a name that can't be, or when it can't be written
   */
  async save(name: string, document: ResultDocument): Promise<string> {
    const path = this.path(name);
    try {
      await mkdir(this.directory, { recursive: true });
    } catch (error) {
      throw new UserError(`Can't make ${this.directory} for baselines: ${codeOf(error)}.`, [
        'Set IPCBENCH_RESULTS to a directory of yours.',
      ]);
    }
    await writeWhole(path, formatDocument(document));
    return path;
  }

  /** @throws UserError when there is no such baseline, or it isn't a result of this version */
  async load(name: string): Promise<ResultDocument> {
    const path = this.path(name);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') {
        throw new UserError(`Can't read ${path}: ${codeOf(error) ?? String(error)}.`);
      }
      throw await this.#missing(name);
    }
    return parseResultDocument(text, path);
  }

  /** @throws UserError when there is no such baseline */
  async remove(name: string): Promise<void> {
    try {
      await unlink(this.path(name));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') throw await this.#missing(name);
      throw new UserError(`Can't remove baseline ${name}: ${codeOf(error)}.`);
    }
  }

  /** The names, sorted; none when there is no folder. */
  async list(): Promise<string[]> {
    try {
      const files = await readdir(this.directory);
      return files
        .filter((file) => file.endsWith(EXTENSION))
        .map((file) => file.slice(0, -EXTENSION.length))
        .filter((name) => NAME.test(name))
        .sort();
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw new UserError(`Can't list the baselines in ${this.directory}: ${codeOf(error)}.`);
    }
  }

  /** @throws UserError for a name that can't be */
  path(name: string): string {
    if (!NAME.test(name) || name === TAKEN) {
      throw new UserError(`"${name}" can't be the name of a baseline.`, [
        'Use letters, digits, dots, dashes and underscores, for example: main, v1.2.',
      ]);
    }
    return join(this.directory, name + EXTENSION);
  }

  async #missing(name: string): Promise<UserError> {
    const names = await this.list();
    return new UserError(`There is no baseline "${name}" in ${this.directory}.`, [
      ...(names.length > 0 ? [`Baselines there are: ${names.join(', ')}.`] : []),
      `Save one: ipcbench compare pipe --save-baseline ${name}`,
    ]);
  }
}
