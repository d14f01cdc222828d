import { describe, expect, test } from 'vitest';
import { type Interval, medianOfTrials, ratioOfMedians } from '../../src/stats/bootstrap.js';
import { createRandom, type Random } from '../../src/stats/random.js';
import { RESERVOIRS, type Reservoir } from './populations.js';

/**
 * How often an interval holds the true value, by simulation: made-up trials of a population whose
 * median is known. Seeds are fixed, so each share is always the same.
 */
const LEAST = 0.93;

interface Drawn {
  readonly trials: number;
  readonly times: number;
  readonly resamples: number;
}

function share(
  population: Reservoir,
  { trials, times, resamples }: Drawn,
  covers: (draw: () => number[], seed: number, resamples: number) => boolean,
): number {
  const random: Random = createRandom(trials);
  let covered = 0;
  for (let seed = 0; seed < times; seed++) {
    const some = () => Array.from({ length: trials }, () => population.draw(random));
    if (covers(some, seed, resamples)) covered++;
  }
  return covered / times;
}

function holds(interval: Interval | null, value: number): boolean {
  return interval !== null && interval[0] <= value && value <= interval[1];
}

function medianCoverage(population: Reservoir, drawn: Drawn): number {
  return share(population, drawn, (draw, seed, resamples) =>
    holds(medianOfTrials(draw(), { seed, resamples }).ci95, population.median),
  );
}

function ratioCoverage(population: Reservoir, drawn: Drawn): number {
  return share(population, drawn, (draw, seed, resamples) => {
    const slower = draw().map((value) => value * 1.05);
    return holds(ratioOfMedians(slower, draw(), { seed, resamples }).ci95, 1.05);
  });
}

describe.each(RESERVOIRS.map((population) => [population.name, population] as const))(
  '%s',
  (_, population) => {
    test.each([
      [5, 3000, 100],
      [6, 700, 200],
      [7, 700, 200],
      [8, 700, 200],
      [10, 700, 200],
    ])('the interval of a median of %i trials', (trials, times, resamples) => {
      const coverage = medianCoverage(population, { trials, times, resamples });
      expect(coverage).toBeGreaterThanOrEqual(LEAST);
    });

    test.each([3, 4, 5, 10])('the interval of a ratio of two medians of %i trials', (trials) => {
      const coverage = ratioCoverage(population, { trials, times: 700, resamples: 200 });
      expect(coverage).toBeGreaterThanOrEqual(LEAST);
    });
  },
);

describe('3 and 4 trials, Student’s t on logarithms', () => {
  const named = (part: string) =>
    RESERVOIRS.filter(({ name }) => name.includes(part)).map((it) => [it.name, it] as const);

  test.each([...named('skewed'), ...named('autocorrelated')])('cover when %s', (_, population) => {
    for (const trials of [3, 4]) {
      const coverage = medianCoverage(population, { trials, times: 3000, resamples: 1 });
      expect(coverage).toBeGreaterThanOrEqual(LEAST);
    }
  });

  // No method could: with three trials, all are of one level every third time.
  test.each(named('bimodal'))('cover less when %s, as docs/measuring.md says', (_, population) => {
    const three = medianCoverage(population, { trials: 3, times: 3000, resamples: 1 });
    const four = medianCoverage(population, { trials: 4, times: 3000, resamples: 1 });
    expect(three).toBeGreaterThanOrEqual(0.89);
    expect(three).toBeLessThan(0.95);
    expect(four).toBeGreaterThanOrEqual(0.92);
  });
});

test('a smaller level is a narrower interval, and covers less', () => {
  const [population] = RESERVOIRS as [Reservoir];
  const coverage = (level: number) =>
    share(population, { trials: 9, times: 800, resamples: 200 }, (draw, seed, resamples) =>
      holds(medianOfTrials(draw(), { seed, resamples, level }).ci95, population.median),
    );
  expect(Math.abs(coverage(0.8) - 0.8)).toBeLessThan(0.06);
  expect(coverage(0.99)).toBeGreaterThanOrEqual(0.95);
});
