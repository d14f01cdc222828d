import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.js';
import { formatDocument } from '../../src/store/format.js';
import { parseResultDocument } from '../../src/store/parse.js';
import { exampleDocument, patternsDocument } from '../fixtures/measurements.js';
import { withoutAddedFields } from './added-fields.js';

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

  test('gives a document from before a field was added that field as null', () => {
    const read = parseResultDocument(JSON.stringify(withoutAddedFields(exampleDocument())), 'x');
    const [cell] = read.results;
    const nothing = { message_ns: null, granted: null, client_cpu: null, parameters: null };
    expect(cell).toMatchObject(nothing);
    expect(cell?.per_trial[0]).toMatchObject({ service_time: null, stream_window: null });
    expect(cell?.rtt_ns).toEqual(exampleDocument().results[0]?.rtt_ns);
  });

  test('keeps what is not known at every depth', () => {
    const document = patternsDocument();
    const strange = JSON.parse(JSON.stringify(document));
    strange.results[0].per_trial[1].mood = { good: [1] };
    expect(parseResultDocument(JSON.stringify(strange), 'x')).toEqual(strange);
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
