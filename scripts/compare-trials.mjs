// What aa.mjs and known-effect.mjs share: running `ipcbench compare` and counting.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ipcbench-compare-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Runs ipcbench with --json; its results go to a folder of this process. */
export function ipcbench(args) {
  const text = execFileSync(process.execPath, [program, ...args, '--json'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    // Progress of every single run would bury the counts.
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, IPCBENCH_RESULTS: folder },
  });
  return JSON.parse(text);
}

/** Compares once; the result is not kept. */
export function compare(args) {
  const { comparison } = ipcbench(['compare', ...args, '--output', join(folder, 'run.json')]);
  return comparison;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A whole number from the command line. */
export function count(text, fallback) {
  const value = Number(text ?? fallback);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`not a number of repetitions: ${text}`);
  process.exit(2);
}
