import { UserError } from '../errors.js';
import { parseDuration } from './durations.js';
import { parseSizes } from './sizes.js';
import type { Placement, WaitPolicy } from './types.js';

export const PLACEMENTS: readonly Placement[] = ['free', 'same-core', 'two-cores'];
export const WAIT_POLICIES: readonly WaitPolicy[] = ['block', 'spin', 'adaptive'];

/** What the flags of `run` and `compare` say, as typed. */
export interface SettingsInput {
  readonly size?: string | undefined;
  readonly placement?: string | undefined;
  readonly wait?: string | undefined;
  readonly trials?: string | undefined;
  readonly duration?: string | undefined;
  readonly warmup?: string | undefined;
  readonly seed?: string | undefined;
  readonly quick?: boolean | undefined;
}

/** How to measure: the cells' dimensions, and how long and how often. */
export interface Settings {
  readonly sizes: readonly number[];
  readonly placements: readonly Placement[];
  readonly waits: readonly WaitPolicy[];
  readonly trials: number;
  readonly durationNs: number;
  readonly warmupNs: number;
  readonly seed: number;
}

const DEFAULTS = { size: '1,4k,64k', trials: '5', duration: '500ms', warmup: '100ms' };
const QUICK = { size: '1,4k', trials: '3', duration: '100ms', warmup: '30ms' };

const TRIALS_MAX = 10_000;
const DURATION_MIN_NS = 1e6;
const DURATION_MAX_NS = 600e9;

/**
 * Settles every setting: what was typed, else the defaults (`quick` has its own).
 *
 * @param randomSeed draws a seed when none was given
 * @throws UserError for a value that is malformed or out of bounds
 */
export function resolveSettings(input: SettingsInput, randomSeed: () => number): Settings {
  const defaults = input.quick ? QUICK : DEFAULTS;
  const duration = input.duration ?? defaults.duration;
  const warmup = input.warmup ?? defaults.warmup;
  return {
    sizes: parseSizes(input.size ?? defaults.size),
    placements: chosen(input.placement, PLACEMENTS, 'free', '--placement'),
    waits: chosen(input.wait, WAIT_POLICIES, 'block', '--wait'),
    trials: parseWhole(input.trials ?? defaults.trials, '--trials', 1, TRIALS_MAX),
    durationNs: parseDuration(duration, '--duration', DURATION_MIN_NS, DURATION_MAX_NS),
    warmupNs: parseDuration(warmup, '--warmup', 0, DURATION_MAX_NS),
    seed:
      input.seed === undefined
        ? randomSeed()
        : parseWhole(input.seed, '--seed', 0, Number.MAX_SAFE_INTEGER),
  };
}

function chosen<T extends string>(
  typed: string | undefined,
  known: readonly T[],
  fallback: T,
  flag: string,
): T[] {
  if (typed === undefined) return [fallback];
  const values = typed.split(',').map((text) => text.trim());
  const unknown = values.find((value) => !(known as readonly string[]).includes(value));
  if (unknown !== undefined) {
    throw new UserError(`${flag} has no value "${unknown}".`, [`Choose from ${known.join(', ')}.`]);
  }
  return [...new Set(values)] as T[];
}

function parseWhole(text: string, what: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value) || value < min || value > max) {
    throw new UserError(`${what} "${text}" is not a whole number from ${min} to ${max}.`);
  }
  return value;
}
