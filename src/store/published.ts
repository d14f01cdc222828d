import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { BugError, UserError } from '../errors.js';

/** What the rows of Table 1 measured. */
export const TABLE1_MECHANISMS = [
  'doors',
  'sysv-semaphores',
  'pipes',
  'sysv-messages',
  'onc-rpc',
] as const;
export type Table1Mechanism = (typeof TABLE1_MECHANISMS)[number];

const mechanism = z.enum(TABLE1_MECHANISMS);

const table1Schema = z.strictObject({
  title: z.string().min(1),
  source: z.string().min(1),
  machine: z.string().min(1),
  unit: z.literal('us'),
  /** Of those that carried data. */
  payload_bytes: z.partialRecord(mechanism, z.int().positive()),
  rows: z
    .array(z.strictObject({ mechanism, value: z.number().positive() }))
    .refine((rows) => new Set(rows.map((row) => row.mechanism)).size === TABLE1_MECHANISMS.length, {
      error: 'must have every mechanism',
    })
    .refine((rows) => rows.length === TABLE1_MECHANISMS.length, {
      error: 'must have every mechanism once',
    }),
});

/** Table 1 as it was published; values are microseconds per round trip. */
export type PublishedTable1 = z.infer<typeof table1Schema>;

/**
 * Reads the published figures that come with the package.
 *
 * @param root of the package
 * @throws UserError when the file is missing or unreadable, BugError when it is malformed
 */
export async function readPublishedTable1(root: string): Promise<PublishedTable1> {
  const path = join(root, 'results', 'published', 'table1.json');
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new UserError(`The published figures can't be read: ${error.message}.`, [
      'They come with the package: install it anew.',
    ]);
  });
  try {
    return parsePublishedTable1(JSON.parse(text));
  } catch (error) {
    throw new BugError(`${path} is malformed: ${(error as Error).message}`);
  }
}

/** @throws z.ZodError for anything but Table 1 */
export function parsePublishedTable1(value: unknown): PublishedTable1 {
  return table1Schema.parse(value);
}
