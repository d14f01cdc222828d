import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { formatSize, parseSizes } from '../../src/plan/sizes.js';

describe('parseSizes', () => {
  it.each([
    ['1', [1]],
    ['1,64,4k,1m', [1, 64, 4096, 1048576]],
    ['4K, 4KiB', [4096]],
    ['64k,1', [65536, 1]],
    ['1..16', [1, 2, 4, 8, 16]],
    ['3..9', [3, 4, 8, 9]],
    ['8..8', [8]],
    ['512k..1m', [524288, 1048576]],
  ])('reads %s', (text, sizes) => {
    expect(parseSizes(text)).toEqual(sizes);
  });

  it('has every power of two in the whole range', () => {
    expect(parseSizes('1..1m')).toEqual(Array.from({ length: 21 }, (_, i) => 2 ** i));
  });

  it.each(['', '0', '-1', '1.5', 'k', '4q', '1,,2', '2m', '1t', '1TiB', '9..3', '1..2..3', '0x10'])(
    'refuses %j',
    (text) => {
      expect(() => parseSizes(text)).toThrow(UserError);
    },
  );

  it('has other bounds and another name for other sizes', () => {
    const buffers = { what: '--sndbuf', maxBytes: 1024 ** 3 };
    expect(parseSizes('4k,16m', buffers)).toEqual([4096, 16 * 1024 ** 2]);
    expect(() => parseSizes('2g', buffers)).toThrow('--sndbuf "2g" is outside 1 byte to 1024m');
  });

  it('refuses units that may mean two things', () => {
    expect(() => parseSizes('4kb')).toThrow(/ambiguous/);
    expect(() => parseSizes('64b')).toThrow(/ambiguous/);
  });

  it('reads back what formatSize writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1024 * 1024 }), (bytes) => {
        expect(parseSizes(formatSize(bytes))).toEqual([bytes]);
      }),
    );
  });
});
