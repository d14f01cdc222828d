import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/store/schema.js';
import { documentOf, madeUpCell } from '../fixtures/measurements.js';
import { CLI } from '../support/cli.js';

const TRIALS = 1000;
const BUCKETS = 400;
/** In each trial's histogram. */
const SAMPLES = 10_000;
const LIMIT_KB = 300 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'ipcbench-large-'));
const path = join(folder, 'large.json');

/** Ten million samples in a thousand trials. */
function large(): ResultDocument {
  const cell = madeUpCell({ given: { probe: 'pipe' }, medianNs: 5000, trials: 1 }, 1);
  const [trial] = cell.per_trial;
  if (trial === undefined) throw new Error('a cell without trials');
  const histogram = {
    indexes: Array.from({ length: BUCKETS }, (_, i) => 1500 + i),
    counts: Array.from({ length: BUCKETS }, () => SAMPLES / BUCKETS),
  };
  const per_trial = Array.from({ length: TRIALS / 10 }, (_, repetition) => ({
    ...{ ...trial, repetition, histogram },
  }));
  return documentOf(
    Array.from({ length: 10 }, () => ({ ...cell, trials: TRIALS / 10, per_trial })),
  );
}

beforeAll(() => writeFileSync(path, JSON.stringify(large())));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the program, and says how much memory it had at most, in KiB. */
function memoryOf(...args: string[]): number {
  const report = join(folder, 'memory');
  const tell = `data:text/javascript,import{writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(${JSON.stringify(report)},String(process.resourceUsage().maxRSS)))`;
  const { status, stderr } = spawnSync(process.execPath, ['--import', tell, CLI, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return Number(spawnSync('cat', [report], { encoding: 'utf8' }).stdout);
}

describe('exporting ten million samples', () => {
  it.each(['csv', 'ndjson', 'parquet'])(
    'as %s takes less than 300 MB',
    (format) => {
      const output = join(folder, format);
      if (format === 'parquet') mkdirSync(output);
      const peak = memoryOf('export', path, '-f', format, '-l', 'histogram', '-o', output);
      expect(peak).toBeGreaterThan(10_000);
      expect(peak).toBeLessThan(LIMIT_KB);
    },
    60_000,
  );
});
