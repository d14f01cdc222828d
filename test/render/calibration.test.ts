import { expect, test } from 'vitest';
import { renderCalibration } from '../../src/render/calibration.js';
import { CALIBRATION } from '../fixtures/costs.js';

const SCRIPT = { ffi_call_ns: 32.8, hrtime_ns: 39.3, performance_now_ns: 63.9 };

test.each([80, 100])('a calibration at %i columns', async (width) => {
  const text = renderCalibration(CALIBRATION, SCRIPT, { width });
  const longest = Math.max(...text.split('\n').map((line) => [...line].length));
  expect(longest).toBeLessThanOrEqual(width);
  await expect(text).toMatchFileSnapshot(`../fixtures/golden/calibration-${width}.txt`);
});

test('with one processor what needs two is missing, not 0', () => {
  const copies = CALIBRATION.copies.map((copy) => ({ ...copy, cross_ns: null }));
  const futex_ns = { same_core_ns: 2000, two_cores_ns: null };
  const alone = { ...CALIBRATION, ping_pong_ns: null, futex_ns, copies, processors: [3] };
  const text = renderCalibration(alone, null);
  expect(text.match(/n\/a/g)?.length).toBe(2 + copies.length + 1);
  expect(text).toContain('on processor 3,');
  expect(text).not.toContain('JavaScript');
  expect(text).not.toMatch(/█░/);
});

test('bars rise with the time', () => {
  const lines = renderCalibration(CALIBRATION, null).split('\n');
  const bars = lines.filter((line) => /^ *\d+ (B|KiB|MiB) .*█/.test(line));
  const lengths = bars.map((line) => (line.match(/[█░]/g) ?? []).length);
  expect(lengths).toHaveLength(4);
  expect([...lengths].sort((a, b) => a - b)).toEqual(lengths);
});
