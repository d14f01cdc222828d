import { describe, expect, test } from 'vitest';
import { costModel } from '../../src/stats/cost-model.js';
import type { Estimate, SweptSize } from '../../src/stats/cost-model-replications.js';
import { normalDeviate } from '../../src/stats/deviates.js';
import { createRandom, type Random } from '../../src/stats/random.js';

const SWEEP = [1, 16, 256, 4096, 16384, 65536, 262144, 1048576];
const ALPHA = 5000;
const BETA = 0.3;

interface Noise {
  readonly trials: number;
  /** Of a trial alone, as a share. */
  readonly own: number;
  /** Of all sizes of a block. */
  readonly shared: number;
}

function made(
  elapsed: (bytes: number) => number,
  { trials, own, shared }: Noise,
  random: Random,
  sweep: readonly number[] = SWEEP,
): SweptSize[] {
  const shifts = Array.from({ length: trials }, () => Math.exp(shared * normalDeviate(random)));
  return sweep.map((bytes) => ({
    bytes,
    trials: shifts.map((shift, block) => ({
      block,
      ns: elapsed(bytes) * shift * Math.exp(own * normalDeviate(random)),
    })),
  }));
}

const straight = (bytes: number) => ALPHA + BETA * bytes;
const bent = (bytes: number) => straight(bytes) + 0.6 * Math.max(0, bytes - 40_000);

function holds({ ci95 }: Estimate, value: number): boolean {
  return ci95 !== null && ci95[0] <= value && value <= ci95[1];
}

describe('made-up sweeps', () => {
  test('without noise the line is exact, and has no interval', () => {
    const sizes = made(straight, { trials: 5, own: 0, shared: 0 }, createRandom(1));
    const { whole, pieces, breaks } = costModel(sizes, { seed: 1, resamples: 50 });
    expect(whole.alphaNs.value).toBeCloseTo(ALPHA, 5);
    expect(whole.betaNsPerByte.value).toBeCloseTo(BETA, 9);
    expect(whole.holds).toBe(true);
    expect(pieces).toBeNull();
    expect(breaks).toEqual([]);
  });

  test('a bend is found, with the slopes on either side', () => {
    const sizes = made(bent, { trials: 10, own: 0.01, shared: 0.03 }, createRandom(2), [
      ...[1, 16, 256, 4096, 16384, 32768],
      ...[65536, 131072, 262144, 524288, 1048576],
    ]);
    const { whole, pieces, breaks } = costModel(sizes, { seed: 1, resamples: 400 });
    expect(whole.holds).toBe(false);
    expect(breaks).toHaveLength(1);
    expect(breaks[0]?.betweenBytes).toEqual([32768, 65536]);
    expect(breaks[0]?.support).toBeGreaterThan(0.8);
    expect(pieces?.map((piece) => piece.holds)).toEqual([true, true]);
    const [below, above] = pieces ?? [];
    expect(below && holds(below.betaNsPerByte, BETA)).toBe(true);
    expect(above && holds(above.betaNsPerByte, BETA + 0.6)).toBe(true);
    expect(above && holds(above.alphaNs, ALPHA - 0.6 * 40_000)).toBe(true);
    // What extrapolates below 0 is no size.
    expect(above?.halfBytes).toBeNull();
    expect(below?.halfBytes && holds(below.halfBytes, ALPHA / BETA)).toBe(true);
  });

  test('within the tolerance there is no break', () => {
    const slightly = (bytes: number) => straight(bytes) + 0.1 * Math.max(0, bytes - 40_000);
    const sizes = made(slightly, { trials: 10, own: 0.005, shared: 0 }, createRandom(2));
    const strict = costModel(sizes, { seed: 1, resamples: 200 });
    const lenient = costModel(sizes, { seed: 1, resamples: 200, tolerance: 0.25 });
    expect(strict.whole.holds).toBe(false);
    expect(lenient.whole.holds).toBe(true);
    expect(lenient.pieces).toBeNull();
    expect(lenient.whole.alphaNs).toEqual(strict.whole.alphaNs);
  });

  test('a size off the line is named', () => {
    const bump = (bytes: number) => straight(bytes) * (bytes === 4096 ? 2 : 1);
    const sizes = made(
      bump,
      { trials: 7, own: 0.01, shared: 0 },
      createRandom(3),
      SWEEP.slice(1, 5),
    );
    const { whole, pieces } = costModel(sizes, { seed: 1, resamples: 200 });
    const worst = [...whole.sizes].sort((a, b) => a.deviation - b.deviation)[0];
    expect(worst).toMatchObject({ bytes: 4096, trials: 7, off: true });
    expect(worst?.deviation).toBeLessThan(-0.2);
    // Four sizes are too few for two pieces.
    expect(pieces).toBeNull();
  });

  test('what the trials’ spread explains is not off', () => {
    const noisy = made(straight, { trials: 5, own: 0.25, shared: 0 }, createRandom(4));
    const { whole } = costModel(noisy, { seed: 1, resamples: 200 });
    expect(Math.max(...whole.sizes.map(({ deviation }) => Math.abs(deviation)))).toBeGreaterThan(
      0.05,
    );
    expect(whole.holds).toBe(true);
  });

  test('no cost per byte: beta’s interval holds 0, and nothing is derived from it', () => {
    const flat = made(() => 900, { trials: 9, own: 0.02, shared: 0.01 }, createRandom(5));
    const { whole } = costModel(flat, { seed: 1, resamples: 300 });
    expect(holds(whole.betaNsPerByte, 0)).toBe(true);
    expect(holds(whole.alphaNs, 900)).toBe(true);
    expect(whole.halfBytes).toBeNull();
  });

  test.each([
    ['two sizes', 2, 5],
    ['one trial', 4, 1],
  ])('%s are refused', (_, sizes, trials) => {
    const some = made(straight, { trials, own: 0.01, shared: 0 }, createRandom(6)).slice(0, sizes);
    expect(() => costModel(some, { seed: 1 })).toThrow(RangeError);
  });
});

/** How often intervals hold the truth, and how often a true line is kept; seeds are fixed. */
describe('by simulation', () => {
  const TIMES = 400;

  test.each<[string, Noise]>([
    ['3 trials', { trials: 3, own: 0.03, shared: 0.02 }],
    ['5 trials', { trials: 5, own: 0.03, shared: 0 }],
    ['5 trials that share half of their noise', { trials: 5, own: 0.03, shared: 0.03 }],
    ['8 trials that share nearly all of it', { trials: 8, own: 0.01, shared: 0.05 }],
    ['10 noisy trials', { trials: 10, own: 0.15, shared: 0.05 }],
  ])('%s', (_, noise) => {
    const random = createRandom(noise.trials);
    const counts = { alpha: 0, beta: 0, kept: 0 };
    for (let seed = 0; seed < TIMES; seed++) {
      const { whole } = costModel(made(straight, noise, random), { seed, resamples: 150 });
      if (holds(whole.alphaNs, ALPHA)) counts.alpha++;
      if (holds(whole.betaNsPerByte, BETA)) counts.beta++;
      if (whole.holds) counts.kept++;
    }
    expect(counts.alpha / TIMES).toBeGreaterThanOrEqual(0.93);
    expect(counts.beta / TIMES).toBeGreaterThanOrEqual(0.93);
    expect(counts.kept / TIMES).toBeGreaterThanOrEqual(0.95);
  });
});
