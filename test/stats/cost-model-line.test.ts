import { linearRegression } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import {
  deviationOf,
  elapsedAt,
  misfit,
  quickLine,
  relativeLine,
} from '../../src/stats/cost-model-line.js';

const BYTES = [1, 64, 1024, 4096, 65536, 1048576];

function points(ns: readonly number[]) {
  return BYTES.map((bytes, i) => ({ bytes, ns: ns[i] as number }));
}

const exact = points(BYTES.map((bytes) => 5000 + 0.3 * bytes));
const scattered = points([5100, 5210, 5600, 6400, 26200, 322000]);

describe('relativeLine', () => {
  test('goes through points on a line', () => {
    const { alphaNs, betaNsPerByte } = relativeLine(exact);
    expect(alphaNs).toBeCloseTo(5000, 6);
    expect(betaNsPerByte).toBeCloseTo(0.3, 10);
  });

  // numpy.polyfit(x, y, 1, w=1/f), f from the fit before, 100 times; scipy.optimize.fsolve agrees.
  test('NumPy 2.4.6 gives the same', () => {
    const { alphaNs, betaNsPerByte } = relativeLine(scattered);
    expect(alphaNs / 5185.657086971041).toBeCloseTo(1, 8);
    expect(betaNsPerByte / 0.3093502906551992).toBeCloseTo(1, 8);
  });

  test('settles also where no line fits', () => {
    const { alphaNs, betaNsPerByte } = relativeLine(
      points([5000, 5000, 5000, 9000, 20000, 322000]),
    );
    expect(alphaNs / 5408.308758869707).toBeCloseTo(1, 6);
    expect(betaNsPerByte / 0.2821915603968659).toBeCloseTo(1, 6);
  });

  test('an error of a fifth at the largest sizes hardly moves alpha', () => {
    const errors = [1, 1, 1, 1, 1.2, 0.9];
    const off = exact.map(({ bytes, ns }, i) => ({ bytes, ns: ns * (errors[i] as number) }));
    expect(Math.abs(relativeLine(off).alphaNs - 5000)).toBeLessThan(100);
    // Ordinary least squares move it by what kilobytes cost.
    const { b } = linearRegression(off.map(({ bytes, ns }) => [bytes, ns]));
    expect(Math.abs(b - 5000)).toBeGreaterThan(1000);
  });

  test('has no bias towards short times', () => {
    const pair = [
      { bytes: 1, ns: 800 },
      { bytes: 1, ns: 1200 },
      { bytes: 1001, ns: 800 },
      { bytes: 1001, ns: 1200 },
    ];
    expect(relativeLine(pair).alphaNs).toBeCloseTo(1000, 3);
    expect(quickLine(pair).alphaNs).toBeLessThan(930);
  });
});

test('quickLine has the least relative misfit: SciPy 1.17.1’s least_squares gives the same', () => {
  const line = quickLine(scattered);
  expect(line.alphaNs).toBeCloseTo(5184.1215752, 1);
  expect(line.betaNsPerByte).toBeCloseTo(0.30891826258, 7);
  expect(misfit(line, scattered)).toBeCloseTo(0.002003576386, 10);
});

test('a deviation is a share of the measured time', () => {
  const line = { alphaNs: 1000, betaNsPerByte: 1 };
  expect(elapsedAt(line, 100)).toBe(1100);
  expect(deviationOf(line, { bytes: 100, ns: 1000 })).toBeCloseTo(0.1, 12);
  expect(deviationOf(line, { bytes: 100, ns: 2200 })).toBeCloseTo(-0.5, 12);
});
