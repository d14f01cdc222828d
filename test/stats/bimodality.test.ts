import { describe, expect, test } from 'vitest';
import { type Bimodality, bimodality, bimodalityOfHistogram } from '../../src/stats/bimodality.js';
import { gammaDeviate, normalDeviate } from '../../src/stats/deviates.js';
import { createRandom, type Random } from '../../src/stats/random.js';
import { histogramOf } from '../fixtures/measurements.js';

const exponential = (random: Random) => -Math.log(1 - random.float());

/** One mode each; durations look like these. */
const UNIMODAL: [name: string, draw: (random: Random) => number][] = [
  ['normal', (random) => 1000 + 30 * normalDeviate(random)],
  ['uniform', (random) => 1000 + 500 * random.float()],
  ['log-normal, σ = 0.3', (random) => 1000 * Math.exp(0.3 * normalDeviate(random))],
  ['log-normal, σ = 1', (random) => 1000 * Math.exp(normalDeviate(random))],
  ['exponential from a floor', (random) => 1000 + 300 * exponential(random)],
  ['gamma of shape 2', (random) => 500 + 100 * gammaDeviate(2, random)],
  ['Pareto, α = 1.5', (random) => 1000 * (1 - random.float()) ** (-1 / 1.5)],
  [
    'normal with 3 % far away',
    (random) => (random.float() < 0.03 ? 5000 : 1000) + 30 * normalDeviate(random),
  ],
  ['in whole steps of 27', (random) => 27 * Math.round((1000 + 60 * normalDeviate(random)) / 27)],
];

function drawn(n: number, random: Random, draw: (random: Random) => number): number[] {
  return Array.from({ length: n }, () => draw(random));
}

describe('one mode', () => {
  test.each(UNIMODAL)('is called two at most once in 150: %s', (_, draw) => {
    const random = createRandom(99);
    let alarms = 0;
    for (const n of [100, 300, 3000]) {
      for (let i = 0; i < 50; i++) {
        if (bimodality(drawn(n, random, draw), { resolution: 27 })?.bimodal) alarms++;
      }
    }
    expect(alarms).toBeLessThanOrEqual(1);
  });

  test('is where the samples are', () => {
    const random = createRandom(3);
    const found = bimodality(drawn(5000, random, UNIMODAL[0]?.[1] ?? Math.random)) as Bimodality;
    expect(found).toMatchObject({ bimodal: false, shares: [1], valley: null });
    expect(Math.abs((found.modes[0] as number) - 1000)).toBeLessThan(20);
  });

  test('a constant has one', () => {
    const found = bimodality(Array<number>(200).fill(42));
    expect(found).toEqual({ bimodal: false, modes: [42], shares: [1], valley: null });
  });
});

describe('two modes', () => {
  test.each([
    ['half and half, a third apart', 0.5, 1300, 30],
    ['one in five, twice as long', 0.2, 2000, 60],
    ['one in seven, five times as long', 0.15, 5000, 100],
  ])('are found in each of 50: %s', (_, share, far, spread) => {
    const random = createRandom(7);
    for (const n of [500, 5000]) {
      for (let i = 0; i < 25; i++) {
        const samples = drawn(
          n,
          random,
          () => (random.float() < share ? far : 1000) + spread * normalDeviate(random),
        );
        const found = bimodality(samples) as Bimodality;
        expect(found.bimodal).toBe(true);
        expect(found.modes).toHaveLength(2);
        expect(Math.abs((found.modes[0] as number) / 1000 - 1)).toBeLessThan(0.06);
        expect(Math.abs((found.modes[1] as number) / far - 1)).toBeLessThan(0.06);
        expect(Math.abs((found.shares[1] as number) - share)).toBeLessThan(0.08);
        expect(found.valley).toBeGreaterThan(1000);
        expect(found.valley).toBeLessThan(far);
      }
    }
  });

  test('skewed ones as well', () => {
    const random = createRandom(8);
    const samples = drawn(
      3000,
      random,
      () => (random.float() < 0.4 ? 4000 : 1000) * Math.exp(0.15 * exponential(random)),
    );
    expect(bimodality(samples)?.bimodal).toBe(true);
  });

  test('in a histogram too, in its ps', () => {
    const random = createRandom(9);
    const draw = (far: number) =>
      drawn(3000, random, () => (random.float() < 0.5 ? far : 1000) + 20 * normalDeviate(random));
    const found = bimodalityOfHistogram(histogramOf(draw(1500))) as Bimodality;
    expect(found.bimodal).toBe(true);
    expect(Math.abs((found.modes[1] as number) / 1.5e6 - 1)).toBeLessThan(0.03);
    expect(bimodalityOfHistogram(histogramOf(draw(1000)))?.bimodal).toBe(false);
  });

  test('two steps of the clock are two modes only when the clock is finer than that', () => {
    const samples = Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? 100 : 127));
    expect(bimodality(samples)?.bimodal).toBe(true);
    expect(bimodality(samples, { resolution: 27 })?.bimodal).toBe(false);
  });
});

test('too few samples say nothing', () => {
  expect(bimodality(Array<number>(99).fill(1))).toBeNull();
  expect(bimodality(Array<number>(500).fill(0))).toBeNull();
  expect(bimodalityOfHistogram({ indexes: [], counts: [] })).toBeNull();
});
