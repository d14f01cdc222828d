import { expect, it } from 'vitest';
import { renderSpeedStats } from '../../src/render/speed-stats.js';
import { makeStats } from '../support/speed-stats.js';

it('has a row for each process and the reasons below', () => {
  const bytes = {
    ring_sent: 123_456_789,
    ring_received: 17,
    kernel_sent: 0,
    kernel_received: 9999,
  };
  const text = renderSpeedStats([
    makeStats({ pid: 41, program: 'server', passed: { remote: 2, 'no peer': 3 }, bytes }),
    makeStats({ pid: 42, program: 'client', retreated: { splice: 1 } }),
  ]);
  expect(text).toMatch(/^41 +server +1 +5 +0 +123MB +0 B +17 B +9999 B +7$/m);
  expect(text).toMatch(/^42 +client +1 +0 +1 +1\.00GB /m);
  expect(text).toMatch(
    /\n\npassed through: no peer \(3\)\npassed through: remote \(2\)\ndemoted: splice \(1\)\n$/,
  );
});

it('puts many processes of one name together', () => {
  const many = Array.from({ length: 20 }, (_, pid) => makeStats({ pid, program: 'worker' }));
  const text = renderSpeedStats([...many, makeStats({ program: 'master' })]);
  expect(text).toMatch(/^20 of them +worker +20 /m);
  expect(text).toMatch(/^1 +master +1 /m);
  expect(text.split('\n').filter((line) => line.includes('worker'))).toHaveLength(1);
});

it('says so when there is nothing to show', () => {
  expect(renderSpeedStats([])).toMatch(/^No process/);
});
