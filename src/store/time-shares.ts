import { sourceOf } from './bcopy.js';
import { operationTimes } from './operation.js';
import type { CellResult, UsageRecord } from './schema.js';

/** Of the mean time of an operation, what the peers did with it: shares of 1. */
export interface TimeShares {
  /** The mean time of one operation in ns, which the shares are of. */
  readonly elapsed_ns: number;
  /** Of both peers together: on two processors user and system may come to 2. */
  readonly user: number;
  readonly system: number;
  /** A part of user time (copies by the peers) and of system time (by the kernel). */
  readonly bcopy: number | null;
  /**
   * In which neither peer ran. On one processor both ends are what user and system time leave;
   * on two, how much the peers ran at once isn't known: between none of the shorter one's time
   * and all of it.
   */
  readonly other: { readonly least: number; readonly most: number };
}

/**
 * Where the time of a cell's operation goes.
 *
 * @returns null without figures; for several clients, whose operations overlap; and under load,
 *   where most of the time is between operations
 */
export function timeShares(cell: CellResult): TimeShares | null {
  const elapsed = operationTimes(cell)?.mean ?? null;
  const { usage, clients, pattern } = cell;
  if (!elapsed || usage === null || clients > 1 || pattern === 'load') return null;
  if (usage.client.ops === 0 || usage.server.ops === 0) return null;
  const share = (us: number, ops: number) => (us * 1000) / ops / elapsed;
  const of = ({ user_us, system_us, ops }: UsageRecord) => ({
    user: share(user_us, ops),
    system: share(system_us, ops),
  });
  const [client, server] = [of(usage.client), of(usage.server)];
  const user = client.user + server.user;
  const system = client.system + server.system;
  const longer = Math.max(client.user + client.system, server.user + server.system);
  const least = Math.max(0, 1 - user - system);
  const apart = sourceOf(cell, cell.per_trial) === 'cross';
  return {
    elapsed_ns: elapsed,
    ...{ user, system },
    bcopy: cell.bcopy?.share ?? null,
    other: { least, most: apart ? Math.max(0, 1 - longer) : least },
  };
}
