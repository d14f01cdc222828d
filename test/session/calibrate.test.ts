import { describe, expect, test } from 'vitest';
import type { CalibrationRequest } from '../../src/host/calibration.js';
import { calibrateFor } from '../../src/session/calibrate.js';
import { CALIBRATION } from '../fixtures/costs.js';
import { makePlan } from '../support/plan.js';

const { signal } = new AbortController();

async function requested(input: Parameters<typeof makePlan>[1], names = ['pipe']) {
  const requests: CalibrationRequest[] = [];
  const runner = {
    calibrate: async (request: CalibrationRequest) => {
      requests.push(request);
      return CALIBRATION;
    },
  };
  const result = await calibrateFor(makePlan(names, input), runner, { wanted: true, signal });
  expect(result).toEqual({ calibration: CALIBRATION, note: null });
  return requests[0];
}

describe('calibrateFor', () => {
  test('takes a twentieth of the trials’ time, within bounds', async () => {
    expect((await requested({ trials: '1', duration: '20ms' }))?.seconds).toBe(0.25);
    const some = await requested({ trials: '10', duration: '500ms' });
    expect(some?.seconds).toBeGreaterThan(0.25);
    expect(some?.seconds).toBeLessThan(1.5);
    expect((await requested({ trials: '100', duration: '1s' }))?.seconds).toBe(1.5);
    expect((await requested({ trials: '100', duration: '100ms' }))?.seconds).toBe(0.5);
  });

  test('measures the lengths of all messages', async () => {
    const input = { pattern: 'rpc', size: '100,3k', 'reply-size': '7' };
    expect((await requested(input))?.sizes).toEqual(expect.arrayContaining([7, 100, 3072]));
  });

  test('is not done when it is not wanted, and a failure is a note', async () => {
    const plan = makePlan(['pipe']);
    const failing = {
      calibrate: async () => {
        throw new Error('Out of luck.');
      },
    };
    const unwanted = await calibrateFor(plan, failing, { wanted: false, signal });
    expect(unwanted).toMatchObject({
      calibration: null,
      note: expect.stringContaining('--no-cal'),
    });
    const failed = await calibrateFor(plan, failing, { wanted: true, signal });
    expect(failed).toEqual({ calibration: null, note: 'Out of luck' });
    const none = await calibrateFor(plan, {}, { wanted: true, signal });
    expect(none).toEqual({ calibration: null, note: null });
  });
});
