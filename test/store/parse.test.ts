import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.js';
import { formatDocument } from '../../src/store/format.js';
import { parseResultDocument } from '../../src/store/parse.js';
import { exampleDocument } from '../fixtures/measurements.js';

function failure(text: string): UserError {
  try {
    parseResultDocument(text, 'x.json');
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
  throw new Error('it was accepted');
}

describe('parseResultDocument', () => {
  test('gives back what was written', () => {
    const document = exampleDocument();
    expect(parseResultDocument(formatDocument(document), 'x.json')).toEqual(document);
  });

  test('keeps fields that it doesn’t know', () => {
    const document = { ...exampleDocument(), later: { a: 1 } };
    expect(parseResultDocument(JSON.stringify(document), 'x.json')).toHaveProperty('later.a', 1);
  });

  test.each([
    ['', 'valid JSON'],
    ['{"schema": 1, "run"', 'valid JSON'],
    ['[]', 'no "schema"'],
    ['null', 'no "schema"'],
    ['{"schema": "1"}', 'no "schema"'],
    ['{"schema": 2}', 'schema version 2; this ipcbench reads version 1'],
    ['{"schema": 0}', 'schema version 0'],
    ['{"schema": 1}', 'run:'],
  ])('says what is wrong with %j, and what to do', (text, words) => {
    const { message, nextSteps } = failure(text);
    expect(message).toContain('x.json');
    expect(message).toContain(words);
    expect(nextSteps.length).toBeGreaterThan(0);
  });

  test('names the field that is wrong', () => {
    const document = exampleDocument();
    const spoilt = { ...document, results: [{ ...document.results[0], size_bytes: 'big' }] };
    expect(failure(JSON.stringify(spoilt)).message).toContain('results.0.size_bytes');
  });

  test('refuses a figure that was NaN', () => {
    const text = JSON.stringify(exampleDocument()).replace(/"median":[\d.]+/, '"median":NaN');
    expect(failure(text).message).toContain('valid JSON');
  });
});
