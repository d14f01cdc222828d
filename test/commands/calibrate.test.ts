import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, expect, test } from 'vitest';
import Calibrate from '../../src/commands/calibrate.js';
import { UserError } from '../../src/errors.js';
import type { CalibrationRequest, Calibrator } from '../../src/host/calibration.js';
import { CALIBRATION } from '../fixtures/costs.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const requests: CalibrationRequest[] = [];
let calibrate: Calibrator = async () => CALIBRATION;

class FakeCalibrate extends Calibrate {
  protected override async createCalibrator(): Promise<Calibrator> {
    return (request) => {
      requests.push(request);
      return calibrate(request);
    };
  }

  protected override async measureScript() {
    return { ffi_call_ns: 33, hrtime_ns: 39, performance_now_ns: 64 };
  }
}

function run(...argv: string[]) {
  requests.length = 0;
  return captureOutput(() => FakeCalibrate.run(argv, { root }), { print: false });
}

afterEach(() => {
  calibrate = async () => CALIBRATION;
});

test('draws the table and the curves', async () => {
  const { stdout, error } = await run();
  expect(error).toBeUndefined();
  for (const words of ['system call', 'futex hand-off', 'koffi', '64 KiB', '░']) {
    expect(stdout).toContain(words);
  }
});

test('takes as long as it is told to', async () => {
  await run('--seconds', '8');
  expect(requests[0]?.seconds).toBeCloseTo(6, 9);
});

test('as JSON', async () => {
  const { stdout } = await run('--json');
  expect(JSON.parse(stdout)).toEqual({
    ...CALIBRATION,
    script: { ffi_call_ns: 33, hrtime_ns: 39, performance_now_ns: 64 },
  });
});

test.each(['0', '61', 'x', '1s'])('--seconds %s ends with 2', async (seconds) => {
  const { stderr, error } = await run('--seconds', seconds);
  expect(error?.oclif?.exit).toBe(2);
  expect(stderr).toContain('is not a number from 0.2 to 60');
  expect(requests).toEqual([]);
});

test('without the native part it ends with 2 and says what helps', async () => {
  calibrate = async () => {
    throw new UserError('Costs could not be calibrated.', ['npm run build:native']);
  };
  const { stderr, error } = await run();
  expect(error?.oclif?.exit).toBe(2);
  expect(stderr).toContain('npm run build:native');
});
