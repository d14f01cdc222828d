import { BaselineStore } from '../store/baselines.js';
import type { ResultDocument } from '../store/schema.js';
import { ResultStore } from '../store/store.js';
import type { SavedOperand } from './compare-operand.js';
import type { Compared } from './compare-session.js';
import type { Measured } from './measure.js';

/** Saved results as comparisons take them: runs, files and baselines. */
export class CompareStore {
  readonly #runs: ResultStore;
  readonly #baselines: BaselineStore;

  /** @param directory where runs are saved */
  constructor(directory: string) {
    this.#runs = new ResultStore(directory);
    this.#baselines = new BaselineStore(directory);
  }

  /** @throws UserError when it isn't there, or isn't a result of this version */
  load({ ref, baseline }: SavedOperand): Promise<ResultDocument> {
    return baseline === null ? this.#runs.load(ref ?? '') : this.#baselines.load(baseline);
  }

  /**
   * Where it is.
   *
   * @throws UserError when it isn't there
   */
  async path({ ref, baseline }: SavedOperand): Promise<string> {
    return baseline === null ? this.#runs.resolve(ref ?? '') : this.#baselines.path(baseline);
  }

  /** The ids of all saved runs, oldest first. */
  runs(): Promise<string[]> {
    return this.#runs.list();
  }

  /** @throws UserError for a name that a baseline can't have */
  checkName(name: string): void {
    this.#baselines.path(name);
  }

  /**
   * Saves what was compared as a baseline: what was measured, else the saved result. Nothing that
   * is incomplete, has failures or broke a rule becomes one.
   *
   * @returns whether it was saved, and what to tell
   */
  async saveBaseline(
    name: string,
    { measured, saved, gate }: Compared<Pick<Measured, 'document' | 'exitCode'>>,
  ): Promise<{ readonly saved: boolean; readonly text: string }> {
    const document = measured?.document ?? saved[saved.length - 1];
    const refuse = (why: string) => ({ saved: false, text: `baseline ${name} not saved: ${why}` });
    if (gate?.passed === false) return refuse('a rule of --fail-if is broken');
    if (measured !== null && measured.exitCode !== 0) return refuse('not all trials went well');
    if (document === undefined || !document.run.complete) return refuse('the run is incomplete');
    const path = await this.#baselines.save(name, document);
    return { saved: true, text: `saved baseline ${name}: ${path}` };
  }
}
