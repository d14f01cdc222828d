import { expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { NativeCopyMeter } from '../../src/runner/bcopy.js';

const ANYWHERE = { clientCpu: null, serverCpu: null };

it('measures copies, of which large ones take longer', async () => {
  const costs = await new NativeCopyMeter(ANYWHERE, 5e6).measure([64, 1024 * 1024]);
  expect(costs.get(64)).toBeLessThan(costs.get(1024 * 1024) ?? 0);
});

it('says what to do when it can’t', async () => {
  const meter = new NativeCopyMeter(ANYWHERE, 1e6, '/no/such/program');
  await expect(meter.measure([64])).rejects.toThrow(UserError);
  await expect(new NativeCopyMeter(ANYWHERE, 1e6).measure([0])).rejects.toThrow(/usage/);
});
