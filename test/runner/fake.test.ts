import { describe, expect, it } from 'vitest';
import { FakeRunner, fakeMeasurement, fakeProbe } from '../../src/runner/fake.js';
import { histogramQuantile } from '../../src/stats/histogram.js';
import { median } from '../../src/stats/quantile.js';
import { makeOptions, makeTrial } from '../support/trial.js';

describe('FakeRunner', () => {
  it('has the same outcome for the same trial', async () => {
    const run = () => new FakeRunner([fakeProbe('pipe')]).run(makeTrial(), makeOptions());
    expect(await run()).toEqual(await run());
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
