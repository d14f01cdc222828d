import { expect, test } from 'vitest';
import { gammaDeviate, normalDeviate } from '../../src/stats/deviates.js';
import { createRandom } from '../../src/stats/random.js';

const N = 20_000;

function moments(draw: () => number) {
  const values = Array.from({ length: N }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / N;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / N;
  return { mean, variance };
}

test('normal deviates have mean 0 and variance 1', () => {
  const random = createRandom(1);
  const { mean, variance } = moments(() => normalDeviate(random));
  // Five standard errors.
  expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(N));
  expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / N));
});

test.each([1, 3.5, 40])('gamma deviates of shape %d have it as mean and variance', (shape) => {
  const random = createRandom(2);
  const { mean, variance } = moments(() => gammaDeviate(shape, random));
  expect(Math.abs(mean - shape)).toBeLessThan(5 * Math.sqrt(shape / N));
  expect(Math.abs(variance / shape - 1)).toBeLessThan(5 * Math.sqrt((2 + 6 / shape) / N));
});
