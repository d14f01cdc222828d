import { expect, test } from 'vitest';
import { groupBy } from '../../src/render/group.js';

test('groups keep the order of their first items, and their items’ order', () => {
  const groups = groupBy(['b1', 'a1', 'b2', 'a2'], (item) => item[0] ?? '');
  expect([...groups]).toEqual([
    ['b', ['b1', 'b2']],
    ['a', ['a1', 'a2']],
  ]);
});
