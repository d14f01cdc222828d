import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { formatRate, parseRates, RATE_MAX } from '../../src/plan/rates.js';

const parse = (text: string) => parseRates(text, '--rate');

describe('parseRates', () => {
  it.each([
    ['1000', [1000]],
    ['500/s,10k,10K/s', [500, 10_000]],
    ['1.5k', [1500]],
    ['1m', [1_000_000]],
    ['1..8', [1, 2, 4, 8]],
  ])('reads %s', (text, rates) => {
    expect(parse(text)).toEqual(rates);
  });

  it.each(['', '0', '-1', '0.5', '1.0005k', '10q', '10/min', 'k', '2000m'])(
    'refuses %j',
    (text) => {
      expect(() => parse(text)).toThrow(UserError);
    },
  );

  it('reads back what formatRate writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: RATE_MAX }), (rate) => {
        expect(parse(formatRate(rate))).toEqual([rate]);
      }),
    );
  });
});
