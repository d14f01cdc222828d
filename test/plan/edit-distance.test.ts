import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../src/plan/edit-distance.js';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['pipe', 'pipe', 0],
    ['pip', 'pipe', 1],
    ['kitten', 'sitting', 3],
    ['', 'tcp', 3],
  ])('of %j and %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it('is a metric', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});

describe('nearest', () => {
  const names = ['pipe', 'socketpair', 'tcp', 'sysv-sem'];

  it.each([
    ['pip', 'pipe'],
    ['sockepair', 'socketpair'],
    ['sysv-sm', 'sysv-sem'],
    ['udp', null],
    ['doors', null],
  ])('to %s is %s', (word, expected) => {
    expect(nearest(word, names)).toBe(expected);
  });
});
