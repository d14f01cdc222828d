import { type ChildProcess, spawn } from 'node:child_process';
import { parseDuration } from '../plan/durations.js';
import type { PatternParameters, Trial } from '../plan/types.js';
import type { PageView } from './page.js';
import type { TrialOptions } from './types.js';
import type { LauncherEnd } from './verdict.js';
import { type HoldActions, holdWarmup } from './warmup.js';

/** Descriptors in the launcher: its standard input is the lifeline. */
const LIFELINE_FD = 0;
const PAGE_FD = 3;

const PROGRESS_EVERY_MS = 250;
/** From the stop flag to the closed lifeline, from there to the kill. */
const STOP_GRACE_MS = 300;
const LIFELINE_GRACE_MS = 500;
/** Beyond the trial's time limit, which the launcher itself keeps. */
const BACKSTOP_MS = 5000;
/** Output that arrives after the launcher has exited is waited for this long. */
const OUTPUT_GRACE_MS = 200;
const STDERR_KEPT = 16 * 1024;

/** Words that the native part takes as numbers. */
const OPTION_NUMBERS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  handoff: { futex: 0, seccomp: 1 },
  buffers: { early: 0, hold: 1 },
  exhausted: { grow: 0, wait: 1, fail: 2 },
};

/** Durations that it takes as microseconds. */
const OPTION_DURATIONS: ReadonlySet<string> = new Set(['asleep']);

function optionValue(name: string, value: string): string | number {
  if (!OPTION_DURATIONS.has(name)) return OPTION_NUMBERS[name]?.[value] ?? value;
  return Math.round(parseDuration(value, `--${name}`, 0, Number.MAX_SAFE_INTEGER) / 1000);
}

/** The launcher's command line for a trial. */
export function launcherArguments(
  trial: Trial,
  options: TrialOptions,
  peerEnvironment: readonly string[] = [],
): string[] {
  const { cell } = trial;
  const flags: [string, string | number][] = [
    ['page-fd', PAGE_FD],
    ['lifeline-fd', LIFELINE_FD],
    ['probe', cell.probe],
    ['pattern', cell.pattern],
    ['size', cell.sizeBytes],
    ['wait', cell.wait],
    ...patternFlags(cell.parameters),
    ['client-cpu', cell.clientCpu ?? -1],
    ['server-cpu', cell.serverCpu ?? -1],
    ['duration-ns', options.durationNs],
    ['warmup-ns', options.warmupNs],
    ['time-limit-ns', options.timeLimitNs],
    ...Object.entries(cell.options).map(([name, value]): [string, string] => [
      'option',
      `${name}=${optionValue(name, value)}`,
    ]),
    ...peerEnvironment.map((variable): [string, string] => ['peer-env', variable]),
    ...(options.counters ? [['counters', 1] as [string, number]] : []),
    ...(options.fault === undefined ? [] : [['fault', options.fault] as [string, string]]),
  ];
  return ['trial', ...flags.flatMap(([name, value]) => [`--${name}`, String(value)])];
}

/** The variable whose only purpose is its length; peers inherit it and nobody reads it. */
const PADDING = 'IPCBENCH_PADDING';

/**
 * The environment of a trial's processes.
 *
 * @param bytes length of the padding's value
 */
export function paddedEnvironment(env: NodeJS.ProcessEnv, bytes: number): NodeJS.ProcessEnv {
  return { ...env, [PADDING]: 'x'.repeat(bytes) };
}

/** Room in every trial's environment for what some peers have in theirs beyond it. */
export const PEER_ENVIRONMENT_BYTES = 1024;

/**
 * Length of the padding with which the peers' environment is as large as any other trial's:
 * where the stack begins depends on it. A variable takes its text, the zero behind it, and a
 * pointer.
 */
export function paddingBytes(trialBytes: number, peerEnvironment: readonly string[]): number {
  const lengths = peerEnvironment.map((variable) => Buffer.byteLength(variable) + 1 + 8);
  const taken = lengths.reduce((sum, bytes) => sum + bytes, 0);
  return trialBytes + Math.max(0, PEER_ENVIRONMENT_BYTES - taken);
}

/** What does not apply, or is left to the native part's default, is not said. */
function patternFlags(parameters: PatternParameters): [string, string | number][] {
  const flags: [string, string | number | null][] = [
    ['reply-size', parameters.replyBytes],
    ['service-ns', parameters.serviceNs],
    ['rate', parameters.rate],
    ['arrivals', parameters.arrivals],
    ['window', parameters.window],
    ['backlog', parameters.backlog],
  ];
  return flags.flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
}

/**
 * Starts the launcher and watches it to its end. The peers' environment has some variables more,
 * as `NAME=VALUE`, than the launcher's. The launcher has a process group of its own,
 * so a terminal's Ctrl-C reaches the command line only, which then ends the trial in order. Its
 * standard input is a pipe whose other end dies with this process: at end of file the launcher
 * ends its peers and cleans up.
 *
 * @throws the error of `spawn` when it can't be started
 */
export async function superviseLauncher(
  executable: string,
  trial: Trial,
  options: TrialOptions,
  memory: { readonly fd: number; readonly page: PageView },
  peerEnvironment: readonly string[] = [],
): Promise<LauncherEnd> {
  if (options.onWarm) memory.page.setHold(true);
  const child = spawn(executable, launcherArguments(trial, options, peerEnvironment), {
    detached: true,
    env: paddedEnvironment(process.env, paddingBytes(trial.environmentBytes, peerEnvironment)),
    stdio: ['pipe', 'ignore', 'pipe', memory.fd],
  });
  const supervision = new Supervision(child, options, memory.page);
  try {
    const ended = await ending(child);
    const { overdue, warmProblem } = supervision;
    return { ...ended, stopRequested: options.signal?.aborted ?? false, overdue, warmProblem };
  } finally {
    supervision.end();
  }
}

/** What is done about a launcher while it runs; none of it touches the page after `end`. */
class Supervision {
  overdue = false;
  warmProblem: string | null = null;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #stop = () => this.#requestStop();
  #backstop: NodeJS.Timeout;
  #endHold = () => {};

  constructor(
    private readonly child: ChildProcess,
    private readonly options: TrialOptions,
    private readonly page: PageView,
  ) {
    // The lifeline breaks when the launcher dies first: that shows in its exit.
    child.stdin?.on('error', () => {});
    this.#backstop = this.#armBackstop();
    const { onProgress, onWarm, signal } = options;
    if (onProgress) {
      this.#timers.push(setInterval(() => onProgress(page.progress()), PROGRESS_EVERY_MS));
    }
    if (onWarm) this.#endHold = holdWarmup(page, onWarm, this.#holdActions());
    if (signal?.aborted) this.#requestStop();
    else signal?.addEventListener('abort', this.#stop, { once: true });
  }

  end(): void {
    this.options.signal?.removeEventListener('abort', this.#stop);
    this.#endHold();
    for (const timer of this.#timers) clearTimeout(timer);
    this.child.stdin?.destroy();
  }

  /** The launcher keeps the time limit itself; this is for one that does not. */
  #armBackstop(): NodeJS.Timeout {
    return this.#later(this.options.timeLimitNs / 1e6 + BACKSTOP_MS, () => {
      this.overdue = true;
      this.#endNow();
    });
  }

  #holdActions(): HoldActions {
    return {
      held: () => clearTimeout(this.#backstop),
      released: () => {
        this.#backstop = this.#armBackstop();
      },
      failed: (reason) => {
        this.warmProblem = reason;
        this.#requestStop();
      },
    };
  }

  #requestStop(): void {
    this.page.requestStop();
    this.#later(STOP_GRACE_MS, () => this.#endNow());
  }

  #endNow(): void {
    this.child.stdin?.destroy();
    this.#later(LIFELINE_GRACE_MS, () => killGroup(this.child));
  }

  #later(ms: number, action: () => void): NodeJS.Timeout {
    const timer = setTimeout(action, ms);
    this.#timers.push(timer);
    return timer;
  }
}

type Ending = Pick<LauncherEnd, 'code' | 'signal' | 'stderr'>;

/** Waits for the launcher's exit and its last output. */
function ending(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    child.stderr?.setEncoding('utf8');
    child.stderr?.on('data', (text: string) => {
      stderr = (stderr + text).slice(-STDERR_KEPT);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      const settle = () => resolve({ code, signal, stderr });
      const timer = setTimeout(() => {
        child.stderr?.destroy();
        settle();
      }, OUTPUT_GRACE_MS);
      child.once('close', () => {
        clearTimeout(timer);
        settle();
      });
    });
  });
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has gone meanwhile, which is what was wanted.
  }
}
