import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDocument, formatJson } from '../../src/store/format.js';
import type { ResultDocument } from '../../src/store/schema.js';
import { exampleDocument, patternsDocument } from '../fixtures/measurements.js';

/** The same value with every object's keys in reverse. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, item]) => [key, reversed(item)]));
}

describe('formatDocument', () => {
  test.each([exampleDocument(), patternsDocument()])(
    'doesn’t depend on the order in which keys were set',
    (document) => {
      const other = reversed(document) as ResultDocument;
      expect(formatDocument(other)).toBe(formatDocument(document));
    },
  );

  test('begins with the schema version and ends with a newline', () => {
    const text = formatDocument(exampleDocument());
    expect(text.startsWith('{\n  "schema": 1,\n  "run": {\n    "id": ')).toBe(true);
    expect(text.endsWith('}\n')).toBe(true);
  });

  test('keeps a list of numbers on one line', () => {
    expect(formatJson({ counts: [1, 2, 3], none: [] })).toBe(
      '{\n  "counts": [1, 2, 3],\n  "none": []\n}\n',
    );
  });
});

test('any JSON value comes back', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // Through JSON first: it has no -0.
      const plain = JSON.parse(JSON.stringify(value));
      expect(JSON.parse(formatJson(plain))).toEqual(plain);
    }),
  );
});
