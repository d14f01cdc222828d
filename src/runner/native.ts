import { execFile } from 'node:child_process';
import { closeSync, readFileSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { promisify } from 'node:util';
import { UserError } from '../errors.js';
import { probeDescriptors } from '../generated/probe-index.js';
import { type CalibrationRequest, calibrateNative } from '../host/calibration.js';
import type { Trial } from '../plan/types.js';
import { countingOptions, withCounters } from './counted.js';
import { carriedTrial, peerEnvironment, preloadedProbes, provenOutcome } from './fast-sockets.js';
import { libraryPath, libraryProblem, preloadValue } from './fast-sockets-library.js';
import { parseStats } from './fast-sockets-stats.js';
import { superviseLauncher } from './launcher.js';
import { ensureNative } from './native-build.js';
import { nativeFiles } from './native-files.js';
import { PAGE_LAYOUT, PAGE_VERSION } from './page-layout.js';
import { namelessFile, PageMemory } from './page-memory.js';
import type {
  NativeDescription,
  NativeProbe,
  Runner,
  TrialOptions,
  TrialOutcome,
} from './types.js';
import { trialOutcome } from './verdict.js';

const run = promisify(execFile);

const REBUILD_COMMAND = 'npm run build:native';
const REBUILD = [`Build the native part: ${REBUILD_COMMAND}`];
const QUERY_LIMIT_MS = 10_000;

/** Carries out trials with the native executable. */
export class NativeRunner implements Runner {
  /** @param library of Fast Sockets, for probes that preload it */
  constructor(
    private readonly executable: string = nativeFiles(process.env).executable,
    private readonly library: string = libraryPath(process.env),
  ) {}

  /** With a native part that works here: see ensureNative(). */
  static async create(): Promise<NativeRunner> {
    await ensureNative();
    return new NativeRunner();
  }

  /** @throws UserError when the native part isn't built, or was built from another version */
  async describe(): Promise<NativeDescription> {
    const { probes, ...rest } = parseDescription(await this.#query('--describe'));
    const preloaded = preloadedProbes(probes, probeDescriptors, await this.#preloadProblem());
    return { ...rest, probes: [...probes, ...preloaded] };
  }

  /** @throws UserError when the native part isn't built */
  async sweep(): Promise<void> {
    await this.#query('sweep');
  }

  /** @throws UserError when the native part isn't built, is an older one, or was ended */
  calibrate(request: CalibrationRequest) {
    return calibrateNative(this.executable, request);
  }

  async run(trial: Trial, { counters, ...options }: TrialOptions): Promise<TrialOutcome> {
    const outcome = await this.#runPair(trial, options);
    if (!counters || outcome.status !== 'ok') return outcome;
    return withCounters(outcome, await this.#runPair(trial, countingOptions(options)));
  }

  async #runPair(trial: Trial, options: TrialOptions): Promise<TrialOutcome> {
    const preload = probeDescriptors.find(({ name }) => name === trial.cell.probe)?.preload;
    try {
      if (preload === undefined) return await this.#carryOut(trial, options);
      const stats = await namelessFile('ipcbench-stats');
      try {
        const { library } = this;
        const { cell } = trial;
        const added = { library, stats: stats.path, env: process.env };
        const extra = peerEnvironment(cell, preload, added);
        const outcome = await this.#carryOut(carriedTrial(trial, preload), options, extra);
        return provenOutcome(outcome, trial, parseStats(readFileSync(stats.fd, 'utf8')));
      } finally {
        closeSync(stats.fd);
      }
    } catch (error) {
      const reason = `the trial could not be carried out: ${(error as Error).message}`;
      return { status: 'failed', reason, remedy: null };
    }
  }

  async #carryOut(
    trial: Trial,
    options: TrialOptions,
    extra: readonly string[] = [],
  ): Promise<TrialOutcome> {
    const memory = await PageMemory.create();
    try {
      const end = await superviseLauncher(this.executable, trial, options, memory, extra);
      // A launcher that was killed could not clean up after its peers.
      if (end.signal !== null) await this.sweep();
      return trialOutcome(memory.page, end);
    } finally {
      memory.release();
    }
  }

  /** Why the library can't be preloaded into the peers; null = it can. */
  async #preloadProblem(): Promise<{ reason: string; remedy: string } | null> {
    const known = libraryProblem(this.library);
    if (known !== null) return known;
    const LD_PRELOAD = preloadValue(this.library, process.env.LD_PRELOAD);
    const env = { ...process.env, LD_PRELOAD, FASTSOCK_OFF: '1' };
    const options = { timeout: QUERY_LIMIT_MS, env };
    const { stderr } = await run(this.executable, ['--layout'], options).catch((error) => ({
      stderr: (error as { stderr?: string }).stderr || (error as Error).message,
    }));
    const word = stderr.trim().split('\n').at(-1)?.replace(`${this.executable}: `, '') ?? '';
    if (word === '') return null;
    return { reason: `the Fast Sockets library can't be loaded: ${word}`, remedy: REBUILD_COMMAND };
  }

  async #query(command: string): Promise<string> {
    try {
      await access(this.executable, constants.X_OK);
    } catch {
      throw new UserError('The native part of ipcbench is not built.', REBUILD);
    }
    const { stdout } = await run(this.executable, [command], { timeout: QUERY_LIMIT_MS });
    return stdout;
  }
}

/** The JSON of `ipcbench-peer --describe`, as far as it is read here. */
interface DescribeOutput {
  readonly page_version: number;
  readonly page_bytes: number;
  readonly compiler?: string;
  readonly probes: readonly (Omit<NativeProbe, 'sizeMin' | 'sizeMax'> & {
    readonly size_min: number;
    readonly size_max: number;
  })[];
}

/**
 * Reads the output of `ipcbench-peer --describe`.
 *
 * @throws UserError when its results page is not the one that this version reads
 */
export function parseDescription(text: string): NativeDescription {
  const output = JSON.parse(text) as DescribeOutput;
  if (output.page_version !== PAGE_VERSION || output.page_bytes !== PAGE_LAYOUT.bytes) {
    throw new UserError('The native part was built from another version of ipcbench.', REBUILD);
  }
  return {
    compiler: output.compiler ?? null,
    probes: output.probes.map(({ size_min, size_max, ...rest }) => ({
      ...rest,
      sizeMin: size_min,
      sizeMax: size_max,
    })),
  };
}
