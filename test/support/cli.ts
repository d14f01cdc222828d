import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program as it is installed: bin/run.js with the built files. */
export const CLI = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

export interface CliEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program with every folder that it may write to below one of the test's own. */
export class CliSandbox {
  readonly folder = mkdtempSync(join(tmpdir(), 'ipcbench-cli-'));
  readonly results = this.#make('results');
  /** Where the native part keeps the files of its trials. */
  readonly runtime = this.#make('runtime');
  readonly temporary = this.#make('tmp');
  /** In the environment of every process that the program starts, and of no other. */
  readonly marker = `IPCBENCH_RESULTS=${this.results}`;

  /** @param detached as the leader of a process group, as a shell starts a job */
  start(args: readonly string[], options: { readonly detached?: boolean } = {}): ChildProcess {
    return spawn(process.execPath, [CLI, ...args], {
      env: {
        ...process.env,
        IPCBENCH_RESULTS: this.results,
        XDG_RUNTIME_DIR: this.runtime,
        TMPDIR: this.temporary,
        NODE_ENV: 'production',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: options.detached ?? false,
    });
  }

  /** Runs the program to its end. */
  run(...args: readonly string[]): Promise<CliEnd> {
    return ending(this.start(args));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #make(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { mode: 0o700 });
    return path;
  }
}

/** Waits for a program's end. */
export function ending(child: ChildProcess): Promise<CliEnd> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
