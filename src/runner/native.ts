import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { UserError } from '../errors.js';
import type { Trial } from '../plan/types.js';
import { superviseLauncher } from './launcher.js';
import { PAGE_LAYOUT, PAGE_VERSION } from './page.js';
import { PageMemory } from './page-memory.js';
import type {
  NativeDescription,
  NativeProbe,
  Runner,
  TrialOptions,
  TrialOutcome,
} from './types.js';
import { trialOutcome } from './verdict.js';

const run = promisify(execFile);

/** Where the build puts the native part. */
export const NATIVE_EXECUTABLE = fileURLToPath(
  new URL('../../build/native/ipcbench-peer', import.meta.url),
);

const REBUILD = ['Build the native part: npm run build:native'];
const QUERY_LIMIT_MS = 10_000;

/** Carries out trials with the native executable. */
export class NativeRunner implements Runner {
  constructor(private readonly executable: string = NATIVE_EXECUTABLE) {}

  /** @throws UserError when the native part isn't built, or was built from another version */
  async describe(): Promise<NativeDescription> {
    const text = await this.#query('--describe');
    return parseDescription(text);
  }

  /** @throws UserError when the native part isn't built */
  async sweep(): Promise<void> {
    await this.#query('sweep');
  }

  async run(trial: Trial, options: TrialOptions): Promise<TrialOutcome> {
    let memory: PageMemory | null = null;
    try {
      memory = await PageMemory.create();
      const end = await superviseLauncher(this.executable, trial, options, memory);
      // A launcher that was killed could not clean up after its peers.
      if (end.signal !== null) await this.sweep();
      return trialOutcome(memory.page, end);
    } catch (error) {
      const reason = `the trial could not be carried out: ${(error as Error).message}`;
      return { status: 'failed', reason, remedy: null };
    } finally {
      memory?.release();
    }
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
