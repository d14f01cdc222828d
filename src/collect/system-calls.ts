import { readFileSync } from 'node:fs';
import type { Side } from './types.js';

/** Calls of one side in its window, by the call's name. */
export type CallCounts = Readonly<Record<string, number>>;

/** System calls of both sides in their windows, and what of it is the harness. */
export interface CallFigures {
  readonly calls: Readonly<Record<Side, CallCounts>>;
}

/**
 * What the harness itself calls between the edges of a window: the server's word that it is ready
 * and, where threads of the library serve, its wait for the word that the client is through.
 * Either is on the control channel.
 */
const CONTROL_SEND = 'sendmsg';
const CONTROL_RECEIVE = 'recvmsg';

/** The edges themselves. */
export const EDGE_CALL = 'getrusage';

/** System calls per operation of one side, without those of the harness, by name. */
export function callsPerOperation(
  counts: CallCounts,
  side: Side,
  ops: number,
): Record<string, number> {
  const entries = Object.entries(counts).flatMap(([name, count]) => {
    const own = count - harnessCalls(name, count, side);
    return own <= 0 ? [] : [[name, own / ops] as const];
  });
  return Object.fromEntries(entries);
}

function harnessCalls(name: string, count: number, side: Side): number {
  if (name === EDGE_CALL) return count;
  if (side === 'client') return 0;
  if (name === CONTROL_SEND) return 1;
  // A server that serves by itself receives its last message before the window's end.
  return name === CONTROL_RECEIVE && count === 1 ? 1 : 0;
}

type Architecture = 'x64' | 'arm64';

let numbers: Record<Architecture, Record<string, string>> | null = null;

/** The name of a system call; `call 999` where this version doesn't know the number. */
export function systemCallName(number: number, arch: string): string {
  numbers ??= JSON.parse(
    readFileSync(new URL('../../src/collect/system-calls.json', import.meta.url), 'utf8'),
  );
  return numbers?.[arch as Architecture]?.[String(number)] ?? `call ${number}`;
}
