import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { formatDuration, formatSpan, parseDuration } from '../../src/plan/durations.js';

const parse = (text: string) => parseDuration(text, '--duration', 1000, 60e9);

describe('parseDuration', () => {
  it.each([
    ['100us', 1e5],
    ['100µs', 1e5],
    ['500ms', 5e8],
    ['2s', 2e9],
    ['0.5s', 5e8],
    ['5000ns', 5000],
    [' 1S ', 1e9],
    ['0.5min', 30e9],
    ['0.01h', 36e9],
  ])('reads %s', (text, ns) => {
    expect(parse(text)).toBe(ns);
  });

  it.each(['', '5', 's', '-1s', '1e3s', '1m', '1 s', '500', '999ns', '61s'])(
    'refuses %j',
    (text) => {
      expect(() => parse(text)).toThrow(UserError);
    },
  );

  it('names the flag and its bounds', () => {
    expect(() => parse('61s')).toThrow('--duration "61s" is outside 1us to 60s.');
  });

  it('reads back what formatDuration writes, to three decimals', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 60e9 }), (ns) => {
        expect(Math.abs(parse(formatDuration(ns)) - ns) / ns).toBeLessThan(0.001);
      }),
    );
  });
});

describe('formatSpan', () => {
  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [59_400, '59 s'],
    [125_000, '2 min 05 s'],
    [3_720_000, '1 h 02 min'],
  ])('of %i ms is %s', (ms, text) => {
    expect(formatSpan(ms)).toBe(text);
  });
});
