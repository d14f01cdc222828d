import type { z } from 'zod';
import { UserError } from '../errors.js';
import { RESULT_SCHEMA_VERSION, type ResultDocument, resultDocumentSchema } from './schema.js';

/** Faults of a file that a message lists. */
const LISTED_AT_MOST = 3;

/**
 * Reads a result document from its text. Fields that this version doesn't know
 * are kept, so that passing a file through loses nothing; fields that the file is
 * too old to have are null.
 *
 * @param text JSON
 * @param name what to call the file in messages
 * @throws UserError when it isn't JSON, isn't a result, or is of another schema version
 */
export function parseResultDocument(text: string, name: string): ResultDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(
      `${name} isn't valid JSON: ${error instanceof Error ? error.message : error}.`,
      ['Give a result that ipcbench run wrote.'],
    );
  }
  checkVersion(value, name);
  const parsed = resultDocumentSchema.safeParse(value);
  if (parsed.success) return completed(value, parsed.data) as ResultDocument;
  throw new UserError(`${name} isn't a whole ipcbench result: ${faults(parsed.error)}.`, [
    `Compare it with schema/result-${RESULT_SCHEMA_VERSION}.schema.json, or measure again.`,
  ]);
}

function checkVersion(value: unknown, name: string): void {
  const version =
    typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (version === RESULT_SCHEMA_VERSION) return;
  if (typeof version !== 'number') {
    throw new UserError(`${name} isn't an ipcbench result: it has no "schema" version.`, [
      'Give a result that ipcbench run wrote.',
    ]);
  }
  throw new UserError(
    `${name} has schema version ${version}; this ipcbench reads version ${RESULT_SCHEMA_VERSION}.`,
    [
      version > RESULT_SCHEMA_VERSION
        ? 'Read it with the newer ipcbench that wrote it.'
        : 'Measure again with this ipcbench.',
    ],
  );
}

function faults(error: z.ZodError): string {
  const listed = error.issues
    .slice(0, LISTED_AT_MOST)
    .map((issue) => `${issue.path.join('.') || 'document'}: ${issue.message}`);
  const more = error.issues.length - listed.length;
  return listed.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

/** A value as it was read, with what its parsed form has and it hasn't. */
function completed(read: unknown, parsed: unknown): unknown {
  if (Array.isArray(read) && Array.isArray(parsed)) {
    return read.map((item, i) => completed(item, parsed[i]));
  }
  if (!isRecord(read) || !isRecord(parsed)) return read === undefined ? parsed : read;
  const keys = new Set([...Object.keys(read), ...Object.keys(parsed)]);
  return Object.fromEntries([...keys].map((key) => [key, completed(read[key], parsed[key])]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
