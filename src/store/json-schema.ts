import { z } from 'zod';
import { RESULT_SCHEMA_VERSION, resultDocumentSchema } from './schema.js';

/** Where the published schema is, relative to the package. */
export const PUBLISHED_SCHEMA = `schema/result-${RESULT_SCHEMA_VERSION}.schema.json`;

/**
 * The JSON Schema (draft 2020-12) of a result document.
 *
 * The file in schema/ holds exactly this; a test compares the two, and
 * `UPDATE_SCHEMA=1 npx vitest run test/store/json-schema.test.ts` rewrites it.
 */
export function resultJsonSchema(): Record<string, unknown> {
  // io: input, because readers must accept fields that later versions add.
  const { $schema, title, description, ...rest } = z.toJSONSchema(resultDocumentSchema, {
    target: 'draft-2020-12',
    io: 'input',
  });
  return {
    $schema,
    $id: `result-${RESULT_SCHEMA_VERSION}.schema.json`,
    title,
    description,
    ...rest,
  };
}
