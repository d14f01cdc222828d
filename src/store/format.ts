import { z } from 'zod';
import { type ResultDocument, resultDocumentSchema } from './schema.js';

/**
 * The text of a result document: keys in the schema's order (unknown ones
 * after them, by name), two spaces, a newline at the end. The same document
 * gives the same text whatever order its keys were set in. Lists of numbers
 * stay on one line, or a histogram would take thousands.
 */
export function formatDocument(document: ResultDocument): string {
  return `${stringify(inOrder(document, resultDocumentSchema), '')}\n`;
}

/** Any JSON value in the same layout, its keys left as they are. */
export function formatJson(value: unknown): string {
  return `${stringify(value, '')}\n`;
}

function inOrder(value: unknown, schema: unknown): unknown {
  const bare = unwrap(schema);
  if (Array.isArray(value)) {
    const element = bare instanceof z.ZodArray ? bare.element : undefined;
    return value.map((item) => inOrder(item, element));
  }
  if (!isRecord(value)) return value;
  const shape: Record<string, unknown> = bare instanceof z.ZodObject ? bare.shape : {};
  const known = Object.keys(shape).filter((key) => Object.hasOwn(value, key));
  const rest = Object.keys(value).filter((key) => !Object.hasOwn(shape, key));
  const keys = [...known, ...rest.sort()];
  return Object.fromEntries(keys.map((key) => [key, inOrder(value[key], shape[key])]));
}

function unwrap(schema: unknown): unknown {
  const wrapped =
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault;
  return wrapped ? unwrap(schema.unwrap()) : schema;
}

function stringify(value: unknown, indent: string): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    if (value.every(isScalar)) return `[${value.map((item) => stringify(item, '')).join(', ')}]`;
    const items = value.map((item) => inner + stringify(item, inner));
    return `[\n${items.join(',\n')}\n${indent}]`;
  }
  if (isRecord(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    if (entries.length === 0) return '{}';
    const lines = entries.map(
      ([key, item]) => `${inner}${JSON.stringify(key)}: ${stringify(item, inner)}`,
    );
    return `{\n${lines.join(',\n')}\n${indent}}`;
  }
  // NaN and infinities have no JSON form: JSON.stringify makes them null, which is "missing".
  return JSON.stringify(value) ?? 'null';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}
