import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  atPlace,
  duration,
  durationWithInterval,
  halfRange,
  halfWidth,
  lastPlace,
  multiple,
  size,
} from '../../src/render/quantity.js';

describe('lastPlace', () => {
  test.each([
    [5214, 35, 1],
    [5214, 3.5, 0],
    [5214, 980, 2],
    [5214, 9800, 3],
    [0.52, 0.004, -3],
    [1000, 1, 0],
  ])('%d ± %d', (value, spread, place) => {
    expect(lastPlace(value, spread)).toBe(place);
  });

  test('two digits when nothing is known of the spread, five at most', () => {
    expect(lastPlace(5214, null)).toBe(2);
    expect(lastPlace(5214, 0)).toBe(2);
    expect(lastPlace(5214, 1e-9)).toBe(-1);
    expect(lastPlace(5214, 1e-9, 3)).toBe(1);
    expect(lastPlace(0, 5)).toBe(0);
  });
});

describe('durations', () => {
  test.each([
    [0.5214, -2, '0.52 ns'],
    [5214, 1, '5.21 µs'],
    [5214, 3, '5 µs'],
    [23_400, 4, '20 µs'],
    [999.7, 0, '1.000 µs'],
    [999_996, 1, '1.00000 ms'],
    [1.42e6, 4, '1.42 ms'],
    [2.5e9, 8, '2.5 s'],
    [0, 0, '0 ns'],
  ])('%d ns at place %i', (ns, place, text) => {
    expect(duration(ns, place)).toBe(text);
  });

  test('an interval has the unit and the digits of its median', () => {
    expect(durationWithInterval(990, [980, 1020], 1)).toBe('990 ns [980 .. 1020]');
    expect(durationWithInterval(5214, [5183, 5252], 1)).toBe('5.21 µs [5.18 .. 5.25]');
    expect(durationWithInterval(60_000, [4600, 760_000], 4)).toBe('60 µs [5 .. 760]');
    expect(durationWithInterval(5214, null, 2)).toBe('5.2 µs [n/a]');
  });

  test('the ends of an interval are told apart', () => {
    const value = fc.double({ min: 0.01, max: 1e10, noNaN: true });
    const share = fc.double({ min: 1e-4, max: 0.5, noNaN: true });
    fc.assert(
      fc.property(value, share, (middle, half) => {
        const interval = [middle * (1 - half), middle * (1 + half)] as const;
        const place = lastPlace(middle, halfWidth(interval));
        const [, low, high] = /\[(\S+) \.\. (\S+)\]/.exec(
          durationWithInterval(middle, interval, place),
        ) as RegExpExecArray;
        expect(Number(low)).toBeLessThan(Number(high));
      }),
    );
  });
});

test('plain numbers, multiples and sizes', () => {
  expect(atPlace(1234.5, 1)).toBe('1230');
  expect(atPlace(1.255, -1)).toBe('1.3');
  expect(multiple(191_234, 3)).toBe('191k');
  expect(multiple(2_040_000, 4)).toBe('2.04M');
  expect(multiple(64, 0)).toBe('64');
  expect([1, 64, 1000, 1024, 1536, 4096, 1 << 20].map(size)).toEqual([
    '1 B',
    '64 B',
    '1000 B',
    '1 KiB',
    '1536 B',
    '4 KiB',
    '1 MiB',
  ]);
});

test('a spread needs two figures', () => {
  expect(halfRange([])).toBeNull();
  expect(halfRange([1, null])).toBeNull();
  expect(halfRange([1, null, 4])).toBe(1.5);
  expect(halfWidth(null)).toBeNull();
});
