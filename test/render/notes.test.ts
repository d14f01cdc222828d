import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderNotes, wrap } from '../../src/render/notes.js';
import { createStyle } from '../../src/render/style.js';

test('wraps at blanks, further lines indented', () => {
  expect(wrap('one two three four', 9)).toEqual(['one two', '  three', '  four']);
  expect(wrap('unbreakable', 4)).toEqual(['unbreakable']);
});

test('keeps every word in order, and to the width where words allow', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(words, fc.integer({ min: 12, max: 60 }), (list, width) => {
      const lines = wrap(list.join(' '), width);
      expect(lines.join(' ').split(/\s+/)).toEqual(list);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    }),
  );
});

test('styles line by line, so that a pager keeps up', () => {
  expect(renderNotes(['a b'], 2, createStyle(true))).toBe(
    '\u001b[2ma\u001b[22m\n\u001b[2m  b\u001b[22m',
  );
});
