import { expect, test } from 'vitest';
import { PATTERNS } from '../../src/plan/parameters.js';
import { operationWords } from '../../src/render/operation-words.js';
import { timesField } from '../../src/store/operation.js';

test('every pattern has words of its own, and patterns with one figure share its name', () => {
  const titles = PATTERNS.map((pattern) => operationWords(pattern).title);
  expect(new Set(titles).size).toBe(PATTERNS.length);
  for (const a of PATTERNS)
    for (const b of PATTERNS) {
      const alike = operationWords(a).median === operationWords(b).median;
      expect(alike).toBe(timesField(a) === timesField(b));
    }
});

test('a round trip is never halved under the name of latency', () => {
  for (const pattern of PATTERNS) {
    expect(JSON.stringify(operationWords(pattern))).not.toMatch(/latency/i);
  }
});

test('a pattern of a later version is told as round trips', () => {
  expect(operationWords('gossip').median).toBe('median RTT');
});
