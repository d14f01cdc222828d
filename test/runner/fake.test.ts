import { describe, expect, it } from 'vitest';
import { FAKE_PIDS, FakeRunner, fakeMeasurement, fakeProbe } from '../../src/runner/fake.js';
import type { PeerPids } from '../../src/runner/types.js';
import { histogramQuantile } from '../../src/stats/histogram.js';
import { median } from '../../src/stats/quantile.js';
import { makeOptions, makeTrial } from '../support/trial.js';

describe('FakeRunner', () => {
  it('has the same outcome for the same trial', async () => {
    const run = () => new FakeRunner([fakeProbe('pipe')]).run(makeTrial(), makeOptions());
    expect(await run()).toEqual(await run());
  });

  it('is warm once per trial, and fails when that does', async () => {
    const runner = new FakeRunner([fakeProbe('pipe')]);
    const seen: PeerPids[] = [];
    await runner.run(makeTrial(), makeOptions({ onWarm: async (pids) => void seen.push(pids) }));
    expect(seen).toEqual([FAKE_PIDS]);
    const onWarm = () => Promise.reject(new Error('no perf'));
    expect(await runner.run(makeTrial(), makeOptions({ onWarm }))).toMatchObject({
      status: 'failed',
      reason: 'no perf',
    });
  });
});

describe('fakeMeasurement', () => {
  it('has samples and a histogram that agree on the median', () => {
    const measurement = fakeMeasurement(1000, 64, 1e6);
    expect(median(measurement.samplesNs)).toBeCloseTo(1000);
    const fromHistogram = (histogramQuantile(measurement.histogram, 0.5) ?? 0) / 1000;
    expect(Math.abs(fromHistogram - 1000)).toBeLessThan(8);
  });
});
