import { expect, it } from 'vitest';
import { parseStats, total } from '../../src/runner/fast-sockets-stats.js';
import { makeStats } from '../support/speed-stats.js';

const line = (changes = {}) => `${JSON.stringify(makeStats(changes))}\n`;

it('reads a line for each process', () => {
  expect(parseStats(line({ pid: 1 }) + line({ pid: 2 })).map(({ pid }) => pid)).toEqual([1, 2]);
  expect(parseStats('')).toEqual([]);
});

it('passes over what is no such line', () => {
  const text = `nonsense\n{"pid":1}\n${line()}${line({ accelerated: -1 })}{"pid":`;
  expect(parseStats(text)).toEqual([makeStats()]);
});

it('puts together what one process said at several times, but not two programs of it', () => {
  const lines =
    line({ passed: { remote: 1 } }) +
    line({ passed: { remote: 2, 'no peer': 1 }, wakeups_sent: 1 }) +
    line({ program: 'next' });
  const [first, next] = parseStats(lines);
  expect(first).toMatchObject({
    accelerated: 2,
    passed: { remote: 3, 'no peer': 1 },
    bytes: { ring_sent: 2e9 },
    wakeups_sent: 8,
  });
  expect(next?.program).toBe('next');
});

it('adds reasons up', () => {
  expect(total({ a: 1, b: 2 })).toBe(3);
  expect(total({})).toBe(0);
});
