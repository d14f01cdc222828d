import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { parseNumbers, parseWords, splitList, unique } from '../../src/plan/lists.js';

describe('parseWords', () => {
  const parse = (text: string) => parseWords(text, ['red', 'green'] as const, '--colour');

  it('reads known words, each once, in their order', () => {
    expect(parse('green, red,green')).toEqual(['green', 'red']);
  });

  it('names the flag, the word and what there is', () => {
    expect(() => parse('red,blue')).toThrow(
      expect.objectContaining({
        message: '--colour has no value "blue".',
        nextSteps: ['Choose from red, green.'],
      }),
    );
    expect(() => parse('')).toThrow(UserError);
  });
});

describe('parseNumbers', () => {
  const parse = (text: string) => parseNumbers(text, '--depth', Number);

  it.each([
    ['7', [7]],
    ['1,8, 1', [1, 8]],
    ['3..20', [3, 4, 8, 16, 20]],
    ['2..2', [2]],
    ['1..4,6', [1, 2, 4, 6]],
  ])('reads %s', (text, numbers) => {
    expect(parse(text)).toEqual(numbers);
  });

  it.each([
    ['1..2..3', '--depth "1..2..3" is not a range.'],
    ['9..3', '--depth "9..3" ends before it starts.'],
  ])('refuses %s', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});

describe('splitList and unique', () => {
  it('keep order and trim', () => {
    expect(splitList(' a, b ,a')).toEqual(['a', 'b', 'a']);
    expect(unique(['a', 'b', 'a'])).toEqual(['a', 'b']);
  });
});
