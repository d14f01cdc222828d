import type { Pattern, PatternParameters } from './types.js';

export const PATTERNS: readonly Pattern[] = ['echo', 'stream', 'connect', 'rpc', 'load'];

export type ParameterName = keyof PatternParameters;

/** Values of each parameter that a plan goes through; null = left to the default. */
export type ParameterLists = {
  readonly [Name in ParameterName]: readonly PatternParameters[Name][];
};

/** The patterns that a parameter belongs to. */
export const PATTERNS_WITH: Readonly<Record<ParameterName, readonly Pattern[]>> = {
  replyBytes: ['rpc', 'load'],
  serviceNs: ['rpc', 'load'],
  rate: ['load'],
  arrivals: ['load'],
  window: ['stream'],
  backlog: ['connect'],
};

const PARAMETER_NAMES = Object.keys(PATTERNS_WITH) as ParameterName[];

/** The parameters of a pattern that has none. */
export const NO_PARAMETERS: PatternParameters = Object.freeze({
  replyBytes: null,
  serviceNs: null,
  rate: null,
  arrivals: null,
  window: null,
  backlog: null,
});

/** Every combination of the parameters that belong to the pattern; the others stay null. */
export function combineParameters(pattern: Pattern, lists: ParameterLists): PatternParameters[] {
  let combined: PatternParameters[] = [NO_PARAMETERS];
  for (const name of PARAMETER_NAMES) {
    if (!PATTERNS_WITH[name].includes(pattern)) continue;
    combined = combined.flatMap((one) => lists[name].map((value) => ({ ...one, [name]: value })));
  }
  return combined;
}
