import { z } from 'zod';
import { UserError } from '../errors.js';
import { readText } from './read-text.js';
import { cellResultSchema } from './schema.js';

const sideSchema = z.object({
  parts: z.array(z.object({ part: z.string(), ns: z.number(), share: z.number() })),
});

const profileFileSchema = z.object({
  profile: z.object({
    command: z.string(),
    kernel: z.string(),
    seed: z.number(),
    trials: z.number(),
    complete: z.boolean(),
  }),
  cells: z.array(
    z.object({
      ...cellResultSchema.pick({
        ...{ probe: true, pattern: true, size_bytes: true, parameters: true, options: true },
        ...{ placement: true, client_cpu: true, server_cpu: true, wait: true },
      }).shape,
      elapsed_ns: z.number().positive().nullable(),
      sides: z.object({ client: sideSchema, server: sideSchema }).nullable(),
    }),
  ),
});

/** A saved profile, as far as figures are drawn of it. */
export type ProfileFile = z.infer<typeof profileFileSchema>;

/**
 * Reads what `profile --output` saved.
 *
 * @throws UserError when there is no such file, or it is something else
 */
export async function readProfile(path: string): Promise<ProfileFile> {
  const text = await readText(path);
  try {
    return profileFileSchema.parse(JSON.parse(text));
  } catch {
    throw new UserError(`${path} is no profile.`, [
      'One is saved by: ipcbench profile pipe --output profile.json',
    ]);
  }
}
