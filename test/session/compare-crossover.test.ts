import { describe, expect, it } from 'vitest';
import { aggregateCell } from '../../src/session/aggregate.js';
import { compareSides } from '../../src/session/compare-sets.js';
import { createRandom } from '../../src/stats/random.js';
import { cell, measurement } from '../fixtures/measurements.js';

const SIZES = [1024, 2048, 4096, 8192, 16384];

/** Times of a power law of the size, so that the place of the crossing is known. */
function side(label: string, timeOf: (bytes: number) => number, seed: number, trials = 8) {
  const random = createRandom(seed);
  const cells = SIZES.map((sizeBytes, index) => {
    const outcomes = Array.from({ length: trials }, () => {
      const median = timeOf(sizeBytes) * (1 + 0.02 * (random.float() - 0.5));
      return measurement([median, median, median]);
    });
    return aggregateCell(cell({ index, probe: label, sizeBytes }), outcomes, { trials, seed: 1 });
  });
  return { label, cells, keyOf: (one: (typeof cells)[number]) => String(one.size_bytes) };
}

const flat = () => 6000;
/** Equal to `flat` at 6000 bytes. */
const rising = (bytes: number) => bytes;

describe('a crossover', () => {
  it.each([8, 3])('is found with its interval, %i trials', (trials) => {
    const { crossovers } = compareSides(
      [side('rising', rising, 1, trials), side('flat', flat, 2, trials)],
      { seed: 1 },
    );
    expect(crossovers).toHaveLength(1);
    const [found] = crossovers;
    expect(found).toMatchObject({ below: 'rising', above: 'flat', between_bytes: [4096, 8192] });
    expect(found?.ci95_bytes[0]).toBeLessThan(6000);
    expect(found?.ci95_bytes[1]).toBeGreaterThan(6000);
    expect(found?.size_bytes).toBeGreaterThan(5800);
    expect(found?.size_bytes).toBeLessThan(6200);
  });

  it('of sides of one run is drawn by blocks, which share the machine’s level', () => {
    const shared = Array.from({ length: 11 }, (_, block) => (block % 2 === 0 ? 1 : 1.4));
    const measured = (label: string, timeOf: (bytes: number) => number, run?: string) => {
      let trial = 0;
      const one = side(label, (bytes) => timeOf(bytes) * (shared[trial++ % 11] as number), 3, 11);
      return { ...one, ...(run !== undefined && { run }) };
    };
    const width = (run?: string) => {
      const sides = [measured('rising', rising, run), measured('flat', flat, run)];
      const [found] = compareSides(sides, { seed: 1 }).crossovers;
      return found === undefined ? null : found.ci95_bytes[1] - found.ci95_bytes[0];
    };
    expect(width('x')).toBeLessThan(200);
    expect(width() ?? Number.POSITIVE_INFINITY).toBeGreaterThan(1000);
  });

  it('is the same from the other side', () => {
    const { crossovers } = compareSides([side('flat', flat, 2), side('rising', rising, 1)], {
      seed: 1,
    });
    expect(crossovers[0]).toMatchObject({ below: 'rising', above: 'flat' });
  });

  it('is none where the order stays, or isn’t shown to change', () => {
    const stays = compareSides([side('a', flat, 1), side('b', () => 7000, 2)], { seed: 1 });
    expect(stays.crossovers).toEqual([]);
    const same = compareSides([side('a', flat, 1), side('b', flat, 2)], { seed: 1 });
    expect(same.crossovers).toEqual([]);
  });

  it('spans the sizes at which the two are not separated', () => {
    const close = (bytes: number) => (bytes === 4096 || bytes === 2048 ? 6000 : rising(bytes));
    const { crossovers } = compareSides([side('close', close, 3), side('flat', flat, 4)], {
      seed: 1,
    });
    expect(crossovers[0]?.between_bytes).toEqual([1024, 8192]);
  });
});
