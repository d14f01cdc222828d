import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Trial } from '../../src/plan/types.js';
import { NativeRunner } from '../../src/runner/native.js';
import { nativeFiles } from '../../src/runner/native-files.js';
import { makeOptions } from './trial.js';

/** Why strace can't be used here; null = it can. */
export function straceUnavailable(): string | null {
  const { error, status, stderr } = spawnSync('strace', ['-c', '-f', '-o', '/dev/null', 'true'], {
    encoding: 'utf8',
  });
  if (error) return 'strace is not installed';
  return status === 0 ? null : `strace does not work here: ${stderr.trim()}`;
}

/** Calls that the harness makes where the clock is not in the vDSO. */
const CLOCK_CALLS = ['clock_gettime', 'getcpu'];

/** Runs trials of the native pair below `strace -c -f`. */
export class StracedRunner {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ipcbench-strace-'));
  readonly #counts = join(this.#folder, 'counts');
  readonly #runner: NativeRunner;

  constructor() {
    const wrapper = join(this.#folder, 'traced');
    const command = `exec strace -c -f -o '${this.#counts}' '${nativeFiles(process.env).executable}' "$@"`;
    writeFileSync(wrapper, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    this.#runner = new NativeRunner(wrapper);
  }

  /**
   * System calls per operation of both peers together. What opening, verifying and closing takes
   * is found by a second, shorter trial and taken off.
   */
  async callsPerOperation(trial: Trial, durationNs: number): Promise<number> {
    const short = await this.#run(trial, 1);
    const long = await this.#run(trial, durationNs);
    return (long.calls - short.calls) / (long.ops - short.ops);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  async #run(trial: Trial, durationNs: number) {
    const outcome = await this.#runner.run(trial, makeOptions({ durationNs, warmupNs: 0 }));
    if (outcome.status !== 'ok') throw new Error(`${trial.cell.probe}: ${outcome.reason}`);
    const { ops, warmupOps, verifiedOps } = outcome;
    return { ops: ops + warmupOps + verifiedOps, calls: this.#calls() };
  }

  /** The calls column of strace's summary. */
  #calls(): number {
    const lines = readFileSync(this.#counts, 'utf8').split('\n');
    const counts = lines.flatMap((line) => {
      const match = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)(?:\s+\d+)?\s+(\w+)$/.exec(line);
      if (!match || match[2] === 'total' || CLOCK_CALLS.includes(match[2] ?? '')) return [];
      return [Number(match[1])];
    });
    return counts.reduce((sum, count) => sum + count, 0);
  }
}
