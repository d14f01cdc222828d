import { expect, test } from 'vitest';
import { operationTimes, timesField } from '../../src/store/operation.js';
import { patternsDocument } from '../fixtures/measurements.js';

test('the times of a cell are those of its pattern', () => {
  for (const cell of patternsDocument().results) {
    expect(operationTimes(cell)).toBe(cell[timesField(cell.pattern)]);
    expect(operationTimes(cell)).not.toBeNull();
  }
});

test('an unknown pattern is taken for round trips', () => {
  expect(timesField('gossip')).toBe('rtt_ns');
});
