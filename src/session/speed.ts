import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Transport } from '../plan/transports.js';
import { preloadValue } from '../runner/fast-sockets-library.js';
import type { ProcessStats } from '../runner/fast-sockets-stats.js';
import { temporaryFolder } from './temporary-folder.js';

/** As a shell has them. */
const EXIT_NOT_FOUND = 127;
const EXIT_NOT_STARTED = 126;
const EXIT_SIGNAL = 128;

/** What a terminal sends to the whole job is sent on only when there is none. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const SENT_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'];

export interface SpeedRequest {
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** The library of Fast Sockets. */
  readonly library: string;
  /** Null = as the environment says. */
  readonly transport: Transport | null;
  /** Whether the processes are to say at their ends what the library did. */
  readonly stats: boolean;
  readonly env: NodeJS.ProcessEnv;
}

export interface SpeedEnd {
  /** The program's own, 128 + n for a signal; 126 and 127 when it could not be started. */
  readonly exitCode: number;
  /** Why it could not be started; null = it was. */
  readonly problem: string | null;
  /** Null unless asked for. */
  readonly processes: readonly ProcessStats[] | null;
}

/** Runs a program with Fast Sockets preloaded, with the descriptors of this process, to its end. */
export async function runAccelerated(request: SpeedRequest): Promise<SpeedEnd> {
  if (!request.stats) return { ...(await runProgram(request, {})), processes: null };
  const file = makeStatsFile();
  // A signal that ends this process does so by `exit`, too.
  const remove = () => rmSync(file.folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const ended = await runProgram(request, { FASTSOCK_STATS: file.path });
    // The program is not to wait for what only its end needs.
    const { parseStats } = await import('../runner/fast-sockets-stats.js');
    return { ...ended, processes: parseStats(readFileSync(file.path, 'utf8')) };
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/**
 * A file that every process of the program can append to and nobody else can find: servers often
 * change their user after their start.
 */
function makeStatsFile(): { folder: string; path: string } {
  const folder = temporaryFolder('speed', 0o711);
  const path = join(folder, 'stats');
  writeFileSync(path, '');
  chmodSync(folder, 0o711);
  chmodSync(path, 0o622);
  return { folder, path };
}

async function runProgram(
  { command: [program, ...args], library, transport, env }: SpeedRequest,
  added: NodeJS.ProcessEnv,
): Promise<Pick<SpeedEnd, 'exitCode' | 'problem'>> {
  // Listening before there is a program: it may be quicker than what follows its start.
  const relay = listenForSignals();
  const child = spawn(program, args, {
    stdio: 'inherit',
    env: {
      ...env,
      ...added,
      LD_PRELOAD: preloadValue(library, env.LD_PRELOAD),
      ...(transport !== null && { FASTSOCK_TRANSPORT: transport }),
    },
  });
  relay.sendTo(child);
  try {
    return await ending(child, program);
  } finally {
    relay.end();
  }
}

function ending(
  child: ChildProcess,
  program: string,
): Promise<Pick<SpeedEnd, 'exitCode' | 'problem'>> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => resolve(notStarted(program, error)));
    child.once('exit', (code, signal) => {
      const number = signal === null ? 0 : constants.signals[signal];
      resolve({ exitCode: code ?? EXIT_SIGNAL + number, problem: null });
    });
  });
}

/** A program that isn't there, in the words that every way of asking for it has. */
export function notFound(program: string): Pick<SpeedEnd, 'exitCode' | 'problem'> {
  return { exitCode: EXIT_NOT_FOUND, problem: `There is no program "${program}".` };
}

function notStarted(
  program: string,
  { code, message }: NodeJS.ErrnoException,
): Pick<SpeedEnd, 'exitCode' | 'problem'> {
  if (code === 'ENOENT') return notFound(program);
  const problem =
    code === 'EACCES'
      ? `"${program}" may not be executed.`
      : `"${program}" could not be started: ${message}.`;
  return { exitCode: EXIT_NOT_STARTED, problem };
}

/** Signals that this process gets and its program is to have. */
interface SignalRelay {
  /** Sends on what has come already, and what will. */
  readonly sendTo: (child: ChildProcess) => void;
  readonly end: () => void;
}

/** What a terminal sends, the program has from it; it is this process that has to outlive it. */
function listenForSignals(): SignalRelay {
  const hasTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
  const early: NodeJS.Signals[] = [];
  let program: ChildProcess | null = null;
  const sendOn = (signal: NodeJS.Signals) => {
    if (program === null) early.push(signal);
    else program.kill(signal);
  };
  const ignore = () => {};
  for (const signal of SENT_ON) process.on(signal, sendOn);
  for (const signal of FROM_TERMINAL) process.on(signal, hasTerminal ? ignore : sendOn);
  return {
    sendTo: (child) => {
      program = child;
      for (const signal of early) child.kill(signal);
    },
    end: () => {
      for (const signal of [...SENT_ON, ...FROM_TERMINAL]) {
        process.off(signal, sendOn);
        process.off(signal, ignore);
      }
    },
  };
}
