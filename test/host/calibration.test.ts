import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.js';
import { calibrateNative, parseCalibration } from '../../src/host/calibration.js';
import { readTickUs } from '../../src/host/tick.js';
import { nativeFiles } from '../../src/runner/native-files.js';

const OUTPUT = JSON.stringify({
  ...{ clock_ns: 28, system_call_ns: 250, ping_pong_ns: null, cpus: [1], elapsed_ns: 1e8 },
  futex_ns: { same_core_ns: 7000, two_cores_ns: null },
  copies: [
    { bytes: 64, warm_ns: 3, cross_ns: null },
    { bytes: 1, warm_ns: 2, cross_ns: null },
  ],
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipcbench-calibration-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A native part that does what these lines of shell say. */
function executable(...lines: string[]): string {
  const path = join(folder, 'peer');
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
  return path;
}

describe('calibrateNative', () => {
  test('asks for the time, the lengths and the processors, and reads the answer', async () => {
    const path = executable(`echo "$@" > ${folder}/words`, `echo '${OUTPUT}'`);
    const request = { seconds: 0.37, sizes: [64, 0, 3e6, 64], processors: [1, 0] as const };
    const calibration = await calibrateNative(path, request);
    const words = 'calibrate --seconds 0.37 --sizes 64 --cpus 1,0\n';
    expect(readFileSync(join(folder, 'words'), 'utf8')).toBe(words);
    expect(calibration).toMatchObject({ clock_ns: 28, ping_pong_ns: null, processors: [1] });
    expect(calibration.copies.map(({ bytes }) => bytes)).toEqual([1, 64]);
    expect(Date.parse(calibration.at)).not.toBeNaN();
  });

  test.each([
    ['is not built', () => join(folder, 'missing'), 'not built'],
    ['prints something else', () => executable('echo "{}"'), 'printed something else'],
    ['fails', () => executable('echo "no such processor" >&2', 'exit 2'), 'no such processor'],
    ['is killed', () => executable('kill -9 $$'), 'killed by SIGKILL'],
  ])('a native part that %s is an error that says so', async (_, path, words) => {
    const failing = calibrateNative(path(), { seconds: 0.1 });
    await expect(failing).rejects.toThrow(UserError);
    await expect(calibrateNative(path(), { seconds: 0.1 })).rejects.toThrow(words);
  });

  test('ends when it is interrupted', async () => {
    const path = executable('exec sleep 60');
    const signal = AbortSignal.timeout(50);
    await expect(calibrateNative(path, { seconds: 1, signal })).rejects.toThrow('interrupted');
  });

  test('of the real one all figures are positive and copies take longer when they are longer', async () => {
    const { copies, ...costs } = await calibrateNative(nativeFiles(process.env).executable, {
      ...{ seconds: 0.3, sizes: [3000] },
    });
    expect(costs.clock_ns).toBeGreaterThan(0);
    expect(costs.system_call_ns).toBeGreaterThan(0);
    expect(copies.map(({ bytes }) => bytes)).toContain(3000);
    const [first, last] = [copies[0], copies.at(-1)];
    expect(last?.warm_ns).toBeGreaterThan(10 * (first?.warm_ns ?? 0));
  });
});

test('an answer without copies is none', () => {
  expect(() => parseCalibration(OUTPUT.replace(/"copies":.*/, '"copies":[]}'))).toThrow();
});

test.runIf(process.platform === 'linux')('the tick is between 1 ms and 10 ms', async () => {
  const us = await readTickUs();
  expect(us).toBeGreaterThanOrEqual(1000);
  expect(us).toBeLessThanOrEqual(10_000);
});
