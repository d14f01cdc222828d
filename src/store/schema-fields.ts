import { z } from 'zod';

/** Gives a field the title and description that the published schema shows. */
export function described<T extends z.ZodType>(schema: T, title: string, description: string): T {
  return schema.meta({ title, description });
}

/**
 * A field that documents of this schema version once didn't have: absent reads as null.
 */
export function added<T extends z.ZodType>(schema: T) {
  return schema.nullable().default(null as never);
}

/** How often, or how many bytes. */
export const count = z.int().nonnegative();
/** A duration or a rate. */
export const amount = z.number().nonnegative();
export const maybeCount = count.nullable();
export const maybeAmount = amount.nullable();
/** Low and high end. */
export const interval = z.tuple([amount, amount]);

/** One of each peer. */
export function peers<T extends z.ZodType>(peer: T) {
  return z.object({
    client: described(peer, 'Client', 'The peer that sends requests.'),
    server: described(peer, 'Server', 'The peer that replies.'),
  });
}
