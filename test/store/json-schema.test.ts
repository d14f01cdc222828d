import { readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { PUBLISHED_SCHEMA, resultJsonSchema } from '../../src/store/json-schema.js';
import { exampleDocument, patternsDocument } from '../fixtures/measurements.js';
import { withoutAddedFields } from './added-fields.js';

const published = new URL(`../../${PUBLISHED_SCHEMA}`, import.meta.url);

if (process.env.UPDATE_SCHEMA) {
  writeFileSync(published, `${JSON.stringify(resultJsonSchema(), null, 2)}\n`);
}

const schema = JSON.parse(readFileSync(published, 'utf8'));

/** Every schema of a field, with the path to it. */
function* fields(node: unknown, path: string): Generator<[string, Record<string, unknown>]> {
  if (typeof node !== 'object' || node === null) return;
  const { properties } = node as { properties?: Record<string, Record<string, unknown>> };
  for (const [name, field] of Object.entries(properties ?? {})) {
    yield [`${path}.${name}`, field];
  }
  for (const [key, child] of Object.entries(node)) yield* fields(child, `${path}.${key}`);
}

describe('the published schema', () => {
  const validate = new Ajv2020({ validateFormats: false, allErrors: true }).compile(schema);

  test('is what the code describes (UPDATE_SCHEMA=1 rewrites it)', () => {
    expect(schema).toEqual(resultJsonSchema());
  });

  test('accepts a document with every kind of row', () => {
    validate(JSON.parse(JSON.stringify(exampleDocument())));
    expect(validate.errors).toBeNull();
  });

  test('accepts a document with every pattern, and one from before there were others', () => {
    validate(JSON.parse(JSON.stringify(patternsDocument())));
    expect(validate.errors).toBeNull();
    validate(JSON.parse(JSON.stringify(withoutAddedFields(exampleDocument()))));
    expect(validate.errors).toBeNull();
  });

  test('accepts fields that a later version adds', () => {
    const document = JSON.parse(JSON.stringify(exampleDocument()));
    document.run.mood = 'good';
    document.results[0].bcopy_share = 0.9;
    expect(validate(document)).toBe(true);
  });

  test.each([
    ['another version', (d: ReturnType<typeof exampleDocument>) => ({ ...d, schema: 2 })],
    ['no run', ({ run: _, ...d }: ReturnType<typeof exampleDocument>) => d],
    [
      'a cell without a size',
      (d: ReturnType<typeof exampleDocument>) => ({ ...d, results: [{ probe: 'pipe' }] }),
    ],
  ])('rejects %s', (_, spoil) => {
    expect(validate(JSON.parse(JSON.stringify(spoil(exampleDocument()))))).toBe(false);
  });

  test('gives every field a title and a description', () => {
    const all = [...fields(schema, '')];
    expect(all.length).toBeGreaterThan(100);
    for (const [path, field] of all) {
      expect(field.title, path).toEqual(expect.any(String));
      expect(field.description, path).toEqual(expect.any(String));
    }
  });
});
