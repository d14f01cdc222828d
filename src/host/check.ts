import type { MachineFacts } from './environment.js';

/**
 * How a fact bears on figures. `bad`: a figure measured now can't be trusted; `warn`: it can, but
 * its interval is wider, or it doesn't compare with others, for a reason that can be named.
 */
export type Verdict = 'ok' | 'warn' | 'bad' | 'not available';

/** One thing that is looked at. */
export interface Check {
  readonly name: string;
  /** What it does to figures. */
  readonly effect: string;
  readonly judge: (facts: MachineFacts) => Judgement;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** What was found, or which file is missing. */
  readonly reason: string;
  /** What to do about it; null when there is nothing to do. */
  readonly advice: string | null;
}

export function ok(reason: string): Judgement {
  return { verdict: 'ok', reason, advice: null };
}

export function warn(reason: string, advice: string): Judgement {
  return { verdict: 'warn', reason, advice };
}

export function bad(reason: string, advice: string): Judgement {
  return { verdict: 'bad', reason, advice };
}

/** @param what isn't there, for example a file */
export function missing(what: string): Judgement {
  return { verdict: 'not available', reason: `${what} can't be read`, advice: null };
}

/** A share of 0 to 1 as a percentage: one digit after the point below 10 %. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value >= 10 ? Math.round(value) : value.toFixed(1)} %`;
}

/** A list in the kernel's form: `0-3, 8`. */
export function cpuList(cpus: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const cpu of [...cpus].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && cpu <= last[1] + 1) last[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}
