import { rm } from 'node:fs/promises';
import type { Collectors, FiguresByCollector } from '../collect/registry.js';
import type { Collecting, CollectorName } from '../collect/types.js';
import type { Trial } from '../plan/types.js';
import type {
  PeerPids,
  Runner,
  TrialMeasurement,
  TrialOptions,
  TrialOutcome,
  TrialProblem,
} from '../runner/types.js';
import { temporaryFolder } from './temporary-folder.js';

/** Many times what the slowest takes on a busy machine. */
const ATTACH_LIMIT_MS = 30_000;

/** A trial with what was collected beside it. */
export interface CollectedTrial {
  readonly status: 'ok';
  readonly measurement: TrialMeasurement;
  readonly figures: Partial<FiguresByCollector>;
}

export interface CollectRequest {
  readonly runner: Runner;
  readonly trial: Trial;
  readonly options: Omit<TrialOptions, 'onWarm' | 'signal'>;
  /** Attached in this order. */
  readonly names: readonly CollectorName[];
  readonly collectors: Collectors;
  readonly signal: AbortSignal;
}

/**
 * Carries out a trial with collectors attached. Everything that was started has ended, and its
 * files are gone, when this settles, however the trial came out.
 */
export async function collectTrial(
  request: CollectRequest,
): Promise<CollectedTrial | TrialProblem> {
  const { runner, trial, options, names, collectors } = request;
  const folder = temporaryFolder('collect');
  const attachment = new Attachment(request, folder);
  const waits = names.some((name) => !collectors[name].inPeers && name !== 'rusage');
  try {
    const outcome = await runner.run(trial, {
      ...options,
      signal: request.signal,
      counters: names.some((name) => collectors[name].inPeers),
      ...(waits && { onWarm: (pids: PeerPids) => attachment.attach(pids) }),
    });
    return await parsed(outcome, attachment, request);
  } finally {
    await attachment.release();
    await rm(folder, { recursive: true, force: true });
  }
}

async function parsed(
  outcome: TrialOutcome,
  attachment: Attachment,
  { names, collectors }: CollectRequest,
): Promise<CollectedTrial | TrialProblem> {
  if (outcome.status !== 'ok') return outcome;
  try {
    const raw = await attachment.stop();
    const entries = names.map((name) => {
      return [name, collectors[name].parse(raw.get(name) ?? '', outcome)] as const;
    });
    return { status: 'ok', measurement: outcome, figures: Object.fromEntries(entries) };
  } catch (error) {
    return { status: 'failed', reason: (error as Error).message, remedy: null };
  }
}

/** The collectors of one trial, from their start to their end. */
class Attachment {
  readonly #started: { readonly name: CollectorName; readonly collecting: Collecting }[] = [];
  readonly #abort = new AbortController();
  #attaching: Promise<void> | null = null;

  constructor(
    private readonly request: CollectRequest,
    private readonly folder: string,
  ) {}

  attach(pids: PeerPids): Promise<void> {
    this.#attaching = this.#attachAll(pids);
    return this.#attaching;
  }

  /** Their raw output, by name. */
  async stop(): Promise<Map<CollectorName, string>> {
    const raw = new Map<CollectorName, string>();
    while (this.#started.length > 0) {
      const [first] = this.#started.splice(0, 1);
      if (first) raw.set(first.name, await first.collecting.stop());
    }
    return raw;
  }

  /** Ends what has not been stopped. */
  async release(): Promise<void> {
    this.#abort.abort();
    await this.#attaching?.catch(() => {});
    for (const { collecting } of this.#started) await collecting.stop().catch(() => {});
  }

  async #attachAll(pids: PeerPids): Promise<void> {
    const { names, collectors } = this.request;
    const signal = AbortSignal.any([this.request.signal, this.#abort.signal]);
    for (const name of names) {
      let late = false;
      const limit = setTimeout(() => {
        late = true;
        this.#abort.abort();
      }, ATTACH_LIMIT_MS);
      try {
        const collecting = await collectors[name].start({ pids, folder: this.folder, signal });
        this.#started.push({ name, collecting });
      } catch (error) {
        throw late
          ? new Error(`${name} was not attached within ${ATTACH_LIMIT_MS / 1000} s`)
          : error;
      } finally {
        clearTimeout(limit);
      }
    }
  }
}
