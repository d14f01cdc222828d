import { type ChildProcess, spawn } from 'node:child_process';

/** From the polite signal to SIGKILL. */
const GRACE_MS = 10_000;
const STDERR_KEPT = 16 * 1024;

/**
 * Starts the program, and ends it with the signal `$1` when standard input reaches its end, which
 * it also does when this process is killed: nothing that was attached outlives it. By `exec` the
 * program has the process id that was started.
 */
const LIFELINE = [
  'exec 9<&0; signal=$1; shift',
  '(exec >/dev/null 2>&1; read -r _ <&9; parent=$$; read -r _ _ _ parent _ </proc/self/stat',
  ' [ "$parent" = $$ ] && kill -s "$signal" $$) &',
  'exec "$@" 9<&- </dev/null',
].join('\n');

export interface ToolOptions {
  readonly signal: AbortSignal;
  /** What ends the program in order. */
  readonly endSignal?: NodeJS.Signals;
  /** Called with all of stdout, or stderr, so far; true = ready. */
  readonly ready?: (output: { readonly stdout: string; readonly stderr: string }) => boolean;
  /** Where stdout goes; kept as text unless given. */
  readonly stdout?: 'inherit';
  /**
   * False for a program that ends with the peers anyway; it then has no child that it doesn't
   * know of.
   */
  readonly lifeline?: false;
  /** More descriptors, from 3 on. */
  readonly pipes?: readonly 'pipe'[];
}

/** How a tool ended, and what it wrote. */
export interface ToolEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that watches the peers, in a process group of its own. */
export class ToolProcess {
  readonly child: ChildProcess;
  /** Settles at its end, however that came. */
  readonly ended: Promise<ToolEnd>;
  #stdout = '';
  #stderr = '';
  #over = false;
  readonly #program: string;
  readonly #abort = () => this.#stop('SIGKILL');
  #look = () => {};

  constructor(
    command: readonly string[],
    private readonly options: ToolOptions,
  ) {
    this.#program = command[0] ?? '';
    const signal = (options.endSignal ?? 'SIGINT').replace('SIG', '');
    const watched = ['/bin/sh', '-c', LIFELINE, 'sh', signal, ...command];
    const [program = '', ...args] = options.lifeline === false ? command : watched;
    this.child = spawn(program, args, {
      detached: true,
      stdio: ['pipe', options.stdout ?? 'pipe', 'pipe', ...(options.pipes ?? [])],
    });
    this.child.stdin?.on('error', () => {});
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#look();
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
      this.#look();
    });
    this.ended = this.#ending();
    if (options.signal.aborted) this.#abort();
    else options.signal.addEventListener('abort', this.#abort, { once: true });
  }

  /**
   * Settles when the output says that it is ready.
   *
   * @throws Error when it ends before, with what it said
   */
  async ready(): Promise<void> {
    const { ready } = this.options;
    const said = new Promise<void>((resolve) => {
      this.#look = () => {
        if (ready?.({ stdout: this.#stdout, stderr: this.#stderr })) resolve();
      };
      this.#look();
    });
    const early = await Promise.race([said, this.ended]);
    if (early) throw new Error(`${this.#program} ended at once: ${lastWords(early)}`);
  }

  /** Waits for it to end by itself, at most so long, then ends it in order. */
  async finish(waitMs: number): Promise<ToolEnd> {
    await Promise.race([this.ended, elapsed(waitMs)]);
    return this.end();
  }

  /** Ends it in order, and if need be by force. */
  async end(): Promise<ToolEnd> {
    if (!this.#over) this.#stop(this.options.endSignal ?? 'SIGINT');
    return this.ended;
  }

  async #ending(): Promise<ToolEnd> {
    const closed = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
      this.child.once('close', (code, signal) => resolve([code, signal]));
      this.child.once('error', (error) => {
        this.#stderr += error.message;
        if (this.child.pid === undefined) resolve([null, null]);
      });
    });
    // The watch of the lifeline holds on to standard input only: it goes with this.
    this.child.once('exit', () => {
      this.#over = true;
      this.child.stdin?.destroy();
    });
    const [code, signal] = await closed;
    this.#over = true;
    this.options.signal.removeEventListener('abort', this.#abort);
    return { code, signal, stdout: this.#stdout, stderr: this.#stderr };
  }

  #stop(signal: NodeJS.Signals): void {
    if (this.#over) return;
    if (signal === 'SIGKILL') {
      this.#kill();
      return;
    }
    this.child.kill(signal);
    const timer = setTimeout(() => this.#kill(), GRACE_MS);
    this.child.once('exit', () => clearTimeout(timer));
  }

  /** With whatever it has started: all of it would hold its output open. */
  #kill(): void {
    const { pid } = this.child;
    if (this.#over || pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has gone meanwhile, which is what was wanted.
    }
  }
}

/** What a tool that failed said last. */
export function lastWords({ code, signal, stderr, stdout }: ToolEnd): string {
  const words = (stderr.trim() || stdout.trim()).split('\n').at(-1) ?? '';
  return words === '' ? `${signal ?? `exit code ${code}`}, and it said nothing` : words;
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
