import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import type { Calibrator } from '../../src/host/calibration.js';
import { resolveSettings } from '../../src/plan/settings.js';
import pipe from '../../src/probes/pipe.js';
import { FakeRunner, type FakeScript } from '../../src/runner/fake.js';
import { measure } from '../../src/session/measure.js';
import { CALIBRATION } from '../fixtures/costs.js';
import { FAKE_PROBES } from '../support/plan.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipcbench-measure-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function measurePipe(script?: FakeScript, output?: string) {
  const runner = new FakeRunner(FAKE_PROBES, script);
  const measured = measure({
    selection: { probes: [pipe], named: new Set(['pipe']) },
    settings: resolveSettings({ seed: '1', trials: '3', size: '1,4k' }, () => 0),
    command: 'ipcbench run pipe',
    version: '0.1.0',
    output,
    resultsDirectory: join(folder, 'results'),
    runner,
    stderr: { write: () => true },
  });
  return { runner, measured };
}

describe('measure', () => {
  it('sweeps, measures and saves', async () => {
    const { runner, measured } = measurePipe();
    const { document, path, exitCode } = await measured;
    expect(runner.sweeps).toBe(1);
    expect(exitCode).toBe(0);
    expect(document.run).toMatchObject({ complete: true, command: 'ipcbench run pipe' });
    expect(JSON.parse(readFileSync(path ?? '', 'utf8'))).toEqual(document);
    expect(readdirSync(join(folder, 'results'))).toEqual([`${document.run.id}.json`]);
  });

  it('has exit code 1 when a trial failed, also when its cell has figures', async () => {
    const { measured } = measurePipe(({ cell, repetition }) =>
      cell.probe === 'pipe' && repetition === 2
        ? { status: 'failed', reason: 'broken', remedy: null }
        : 1000,
    );
    const { document, exitCode } = await measured;
    expect(exitCode).toBe(1);
    expect(document.results[0]).toMatchObject({ status: 'ok', trials: 2 });
  });

  it('does not count what is not available as a failure', async () => {
    const { measured } = measurePipe(({ cell }) =>
      cell.probe === 'pipe' ? { status: 'unavailable', reason: 'no', remedy: null } : 1000,
    );
    expect((await measured).exitCode).toBe(0);
  });

  it('keeps what was finished when it is interrupted', async () => {
    const { measured } = measurePipe((_, index) => {
      if (index === 4) process.emit('SIGINT', 'SIGINT');
      return 1000;
    });
    const { document, path, exitCode } = await measured;
    expect(exitCode).toBe(130);
    expect(document.run.complete).toBe(false);
    expect(document.results.length).toBeGreaterThan(0);
    expect(existsSync(path ?? '')).toBe(true);
  });

  it('saves nothing when it is interrupted before anything was finished', async () => {
    const { measured } = measurePipe(() => {
      process.emit('SIGTERM', 'SIGTERM');
      return 1000;
    });
    expect(await measured).toMatchObject({ path: null, exitCode: 143 });
    expect(readdirSync(join(folder, 'results'))).toEqual([]);
  });

  it('measures nothing when the result cannot be written', async () => {
    const { runner, measured } = measurePipe(undefined, join(folder, 'missing', 'x.json'));
    await expect(measured).rejects.toThrow(UserError);
    expect(runner.seen).toEqual([]);
  });

  it('still has the document when the disk fails at the end', async () => {
    const { measured } = measurePipe((_, index) => {
      if (index === 0) rmSync(join(folder, 'results'), { recursive: true });
      if (index === 8) writeFileSync(join(folder, 'results'), 'in the way');
      return 1000;
    });
    const { document, path, saveError, exitCode } = await measured;
    expect(document.results).toHaveLength(2);
    expect(path).toBeNull();
    expect(saveError).toBeInstanceOf(UserError);
    expect(exitCode).toBe(2);
  });
});

describe('calibration', () => {
  class CalibratedRunner extends FakeRunner {
    constructor(readonly calibrate: Calibrator) {
      super(FAKE_PROBES);
    }
  }

  const request = (calibrate: Calibrator, wanted = true) => {
    const runner = new CalibratedRunner(calibrate);
    let stderr = '';
    const measured = measure({
      selection: { probes: [pipe], named: new Set(['pipe']) },
      settings: resolveSettings({ seed: '1', trials: '3', size: '1k' }, () => 0),
      ...{ command: 'ipcbench run pipe', version: '0.1.0', output: undefined, runner },
      resultsDirectory: join(folder, 'results'),
      stderr: { write: (text) => (stderr += text) },
      calibrate: wanted,
    });
    return { runner, measured, said: () => stderr };
  };

  it('comes before the trials and is stored with what follows from it', async () => {
    const { measured } = request(async () => CALIBRATION);
    const { document } = await measured;
    expect(document.run).toMatchObject({ calibration: CALIBRATION, calibration_note: null });
    expect(document.results[0]?.bcopy).toMatchObject({ copies: 4, bytes: 4096, floor_ns: 80 });
  });

  it('costs nothing but itself when it fails', async () => {
    const { measured, said } = request(async () => {
      throw new UserError('Costs could not be calibrated: no luck.');
    });
    const { document, exitCode } = await measured;
    expect(exitCode).toBe(0);
    expect(document.run.calibration).toBeNull();
    expect(document.run.calibration_note).toContain('no luck');
    expect(document.results[0]).toMatchObject({ status: 'ok', bcopy: null });
    expect(said()).toContain('no luck');
  });

  it('is left out when it is not wanted', async () => {
    let calls = 0;
    const { measured } = request(async () => {
      calls += 1;
      return CALIBRATION;
    }, false);
    const { document } = await measured;
    expect(calls).toBe(0);
    expect(document.run.calibration_note).toContain('--no-calibrate');
  });

  it('interrupted, the run ends as interrupted', async () => {
    const { measured, runner } = request(async ({ signal }) => {
      process.emit('SIGINT', 'SIGINT');
      expect(signal?.aborted).toBe(true);
      throw new UserError('it was interrupted');
    });
    expect(await measured).toMatchObject({ path: null, exitCode: 130 });
    expect(runner.seen).toEqual([]);
  });
});
