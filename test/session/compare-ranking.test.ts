import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupLetters } from '../../src/session/compare-ranking.js';
import { compareSides } from '../../src/session/compare-sets.js';
import { madeUpCell } from '../fixtures/measurements.js';

describe('groupLetters', () => {
  const letters = (names: string, apart: readonly string[]) =>
    groupLetters([...names], (a, b) =>
      apart.includes(a + b) || apart.includes(b + a) ? 'faster' : 'not separated',
    );

  it.each([
    ['abc', [], ['a', 'a', 'a']],
    ['abc', ['ab', 'ac', 'bc'], ['a', 'b', 'c']],
    // The middle one is like both, which differ.
    ['abc', ['ac'], ['a', 'ab', 'b']],
    ['abcd', ['ac', 'ad', 'bd'], ['a', 'ab', 'bc', 'c']],
  ])('of %s with %j apart', (names, apart, expected) => {
    expect(letters(names, apart)).toEqual(expected);
  });

  it('two share a letter exactly when they are not separated', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 15, maxLength: 15 }), (flags) => {
        const names = [...'uvwxyz'];
        const couples = names.flatMap((a, i) => names.slice(i + 1).map((b) => a + b));
        const apart = new Set(couples.filter((_, index) => flags[index]));
        const found = groupLetters(names, (a, b) =>
          apart.has(a + b) || apart.has(b + a) ? 'slower' : 'not separated',
        );
        const lettersOf = (name: string) => [...(found[names.indexOf(name)] ?? '')];
        for (const couple of couples) {
          const [a, b] = [...couple] as [string, string];
          const shared = lettersOf(a).some((one) => lettersOf(b).includes(one));
          expect(shared).toBe(!apart.has(couple));
        }
      }),
    );
  });

  it('what is comparable with nothing has none', () => {
    expect(
      groupLetters(['a', 'b', 'c'], (a, b) =>
        a === 'c' || b === 'c' ? 'not comparable' : 'faster',
      ),
    ).toEqual(['a', 'b', '']);
  });
});

describe('a ranking', () => {
  const side = (label: string, medianNs: number, seed: number) => ({
    label,
    cells: [madeUpCell({ given: { probe: label }, medianNs }, seed)],
    keyOf: () => 'all',
  });
  const { rankings, pairs } = compareSides(
    [side('tcp', 20_000, 1), side('pipe', 5000, 2), side('fifo', 5000, 3)],
    { seed: 1 },
  );

  it('goes from the fastest to the slowest, with ratios to the fastest', () => {
    const cells = rankings[0]?.cells ?? [];
    expect(pairs).toHaveLength(3);
    expect(cells[2]).toMatchObject({ side: 'tcp', group: 'b' });
    expect(cells.slice(0, 2).map(({ group }) => group)).toEqual(['a', 'a']);
    expect(cells[0]?.ratio).toBeNull();
    expect(cells[2]?.ratio).toBeGreaterThan(3.8);
    expect(cells[2]?.ratio_ci95?.[0]).toBeLessThanOrEqual(cells[2]?.ratio ?? 0);
    expect(cells[2]?.ratio_ci95?.[1]).toBeGreaterThanOrEqual(cells[2]?.ratio ?? 0);
  });
});
