import { UserError } from '../errors.js';
import { STOPPING_MAX_TRIALS, STOPPING_MIN_TRIALS } from '../stats/stopping.js';
import { type Defaults, type DefaultTexts, RUN_DEFAULTS } from './defaults.js';
import { parseDuration } from './durations.js';
import { parseNumbers, parseWords, splitList, unique } from './lists.js';
import { PATTERNS, PATTERNS_WITH, type ParameterLists, type ParameterName } from './parameters.js';
import { parseRates } from './rates.js';
import { parseSizes } from './sizes.js';
import { TRANSPORTS } from './transports.js';
import type { Pattern, Placement, PrecisionOf, WaitPolicy } from './types.js';

export const PLACEMENTS: readonly Placement[] = [
  'free',
  'same-core',
  'two-cores',
  'smt',
  'two-sockets',
  'all',
];
export const WAIT_POLICIES: readonly WaitPolicy[] = ['block', 'spin', 'adaptive'];

const TRIALS_MAX = 10_000;
/** What holds with a target precision where a command's defaults don't say. */
const STOPPING = {
  leastTrials: STOPPING_MIN_TRIALS,
  mostTrials: STOPPING_MAX_TRIALS,
  precisionOf: 'median',
} as const satisfies Partial<Defaults>;
const PRECISION_MIN = 0.0005;
const PRECISION_MAX = 0.5;
const MAX_TIME_NS = 7 * 24 * 3600e9;
const DURATION_MIN_NS = 1e6;
const DURATION_MAX_NS = 600e9;
const SERVICE_MAX_NS = 60e9;
/** As the native part takes them. */
const MESSAGES_MAX = 2 ** 20;
const OPTION_BYTES_MAX = 1024 ** 3;
const DESCRIPTORS_MAX = 1024;
const THREADS_MAX = 256;
const ASLEEP_MAX_NS = 10e9;

/** How the value of each setting is read; the names are those of the flags. */
const READERS = {
  pattern: words(PATTERNS),
  size: (text: string) => parseSizes(text),
  'reply-size': (text: string) => parseSizes(text, { what: '--reply-size', maxBytes: 1024 * 1024 }),
  'service-time': (text: string, flag: string) =>
    unique(splitList(text).map((part) => parseDuration(part, flag, 0, SERVICE_MAX_NS))),
  rate: parseRates,
  arrivals: words(['even', 'poisson'] as const),
  window: messages,
  backlog: messages,
  placement: words(PLACEMENTS),
  wait: words(WAIT_POLICIES),
  calls: words([
    'read-write',
    'readv-writev',
    'send-recv',
    'sendto-recvfrom',
    'sendmsg-recvmsg',
  ] as const),
  sndbuf: optionBytes,
  rcvbuf: optionBytes,
  rcvlowat: optionBytes,
  chunk: optionBytes,
  'pipe-size': optionBytes,
  ready: words(['none', 'poll', 'select', 'epoll'] as const),
  address: words(['path', 'abstract'] as const),
  procedure: words(['null', 'opaque'] as const),
  descriptors: optionCount(0, DESCRIPTORS_MAX),
  threads: optionCount(1, THREADS_MAX),
  handoff: words(['futex', 'seccomp'] as const),
  buffers: words(['early', 'hold'] as const),
  exhausted: words(['grow', 'wait', 'fail'] as const),
  asleep: (text: string, flag: string) =>
    unique(splitList(text)).map((part) => {
      parseDuration(part, flag, 0, ASLEEP_MAX_NS);
      return part;
    }),
  transport: words(TRANSPORTS),
  trials: (text: string, flag: string) => parseWhole(text, flag, 1, TRIALS_MAX),
  precision: parsePrecision,
  'max-trials': (text: string, flag: string) => parseWhole(text, flag, 1, TRIALS_MAX),
  'max-time': (text: string, flag: string) => parseDuration(text, flag, 1e9, MAX_TIME_NS),
  duration: (text: string, flag: string) =>
    parseDuration(text, flag, DURATION_MIN_NS, DURATION_MAX_NS),
  warmup: (text: string, flag: string) => parseDuration(text, flag, 0, DURATION_MAX_NS),
  seed: (text: string, flag: string) => parseWhole(text, flag, 0, Number.MAX_SAFE_INTEGER),
};

export type SettingName = keyof typeof READERS;

/** Every setting there is, as flags and as keys of a plan in the configuration file. */
export const SETTING_NAMES = Object.keys(READERS) as SettingName[];

/** Settings that the native part, or its runner, knows as options of probes, by the same names. */
const OPTION_NAMES = [
  'calls',
  'sndbuf',
  'rcvbuf',
  'rcvlowat',
  'chunk',
  'pipe-size',
  'ready',
  'address',
  'procedure',
  'descriptors',
  'threads',
  'handoff',
  'buffers',
  'exhausted',
  'asleep',
  'transport',
] as const satisfies readonly SettingName[];

/** Settings that are parameters of patterns. */
const PARAMETER_SETTINGS = {
  replyBytes: 'reply-size',
  serviceNs: 'service-time',
  rate: 'rate',
  arrivals: 'arrivals',
  window: 'window',
  backlog: 'backlog',
} as const satisfies Record<ParameterName, SettingName>;

/** What was typed, or what a named plan says: values as text. */
export type SettingsInput = { readonly [Name in SettingName]?: string | undefined } & {
  readonly quick?: boolean | undefined;
  readonly counters?: boolean | undefined;
};

/** Settings as text, by name. */
export type SettingsText = { readonly [Name in SettingName]?: string };

/** How to measure: the cells' dimensions, and how long and how often. */
export interface Settings {
  readonly patterns: readonly Pattern[];
  readonly sizes: readonly number[];
  readonly parameters: ParameterLists;
  readonly placements: readonly Placement[];
  /** A placement was asked for, and nothing else: where the machine lacks it, that is an error. */
  readonly placementRequired: boolean;
  readonly waits: readonly WaitPolicy[];
  /** Values of each option of probes that was asked for; null = without the option. */
  readonly options: Readonly<Record<string, readonly (string | null)[]>>;
  /** Trials per cell; with a target precision at least so many. */
  readonly trials: number;
  /** As `trials` without a target precision. */
  readonly maxTrials: number;
  /** Relative half-width of the interval to be reached; null = none. */
  readonly precision: number | null;
  /** Whose interval that is. */
  readonly precisionOf: PrecisionOf;
  readonly maxTimeNs: number | null;
  readonly durationNs: number;
  readonly warmupNs: number;
  readonly seed: number;
  /** The peers count performance events. */
  readonly counters: boolean;
  /** Every setting that has a text, by its name: what was typed, planned, or is the default. */
  readonly text: SettingsText;
}

/**
 * Reads one setting.
 *
 * @throws UserError for a value that is malformed or out of bounds
 */
export function readSetting<Name extends SettingName>(
  name: Name,
  text: string,
): ReturnType<(typeof READERS)[Name]> {
  return READERS[name](text, `--${name}`) as ReturnType<(typeof READERS)[Name]>;
}

/**
 * Settles every setting: what was typed, else what the named plan says, else the defaults
 * (`quick` has its own, and where it was typed they win over the plan).
 *
 * @param randomSeed draws a seed when none was given
 * @param defaults those of the command
 * @throws UserError for a value that is malformed or out of bounds, and for a parameter of a
 *   pattern that is not measured
 */
export function resolveSettings(
  typed: SettingsInput,
  randomSeed: () => number,
  planned: SettingsInput = {},
  defaults: Defaults = RUN_DEFAULTS,
): Settings {
  const input = settle(typed, planned, defaults);
  const { leastTrials, mostTrials, precisionOf } = { ...STOPPING, ...defaults };
  const read = <Name extends SettingName>(name: Name) => {
    const text = input[name];
    return text === undefined ? null : readSetting(name, text);
  };
  const patterns = read('pattern') ?? ['echo'];
  checkParameters(typed, planned, patterns);
  const placements = read('placement') ?? ['free'];
  return {
    patterns,
    sizes: readSetting('size', input.size),
    parameters: {
      replyBytes: read('reply-size') ?? [null],
      serviceNs: read('service-time') ?? [null],
      // Written into the plan, so that the record says what the load was.
      rate: read('rate') ?? [1000],
      arrivals: read('arrivals') ?? ['even'],
      window: read('window') ?? [null],
      backlog: read('backlog') ?? [null],
    },
    placements,
    placementRequired: typed.placement !== undefined && placements.length === 1,
    waits: read('wait') ?? ['block'],
    options: optionsOf(input),
    ...trialsOf(typed, input, {
      least: planned.trials === undefined ? leastTrials : null,
      most: mostTrials,
    }),
    precisionOf,
    maxTimeNs: read('max-time'),
    durationNs: readSetting('duration', input.duration),
    warmupNs: readSetting('warmup', input.warmup),
    seed: read('seed') ?? randomSeed(),
    counters: typed.counters ?? false,
    text: input,
  };
}

/**
 * How many trials a cell has, at least and at most.
 *
 * @param bounds with a target precision, unless flags or a plan say so: `least` null = a plan has
 */
function trialsOf(
  typed: SettingsInput,
  input: SettledText,
  bounds: { readonly least: number | null; readonly most: number },
): Pick<Settings, 'trials' | 'maxTrials' | 'precision'> {
  const precision =
    input.precision === undefined ? null : readSetting('precision', input.precision);
  const asked = readSetting('trials', input.trials);
  const fixed = precision === null || typed.trials !== undefined;
  // An interval of fewer is too uncertain to stop by, unless that is what was asked for.
  const trials = fixed ? asked : (bounds.least ?? Math.max(asked, STOPPING_MIN_TRIALS));
  if (precision === null) {
    if (typed['max-trials'] === undefined) return { trials, maxTrials: trials, precision };
    throw new UserError('--max-trials means nothing without a target precision.', [
      'Give --precision 1% as well, or --trials for a fixed number.',
    ]);
  }
  const given = input['max-trials'];
  const most = given === undefined ? null : readSetting('max-trials', given);
  if (most === null) return { trials, maxTrials: Math.max(bounds.most, trials), precision };
  if (most >= trials) return { trials, maxTrials: most, precision };
  // What was typed wins over what a plan or the defaults say.
  if (typed.trials === undefined) return { trials: most, maxTrials: most, precision };
  if (typed['max-trials'] === undefined) return { trials, maxTrials: trials, precision };
  throw new UserError(`--max-trials ${most} is less than --trials ${trials}.`, [
    '--trials is the least number of trials per cell, --max-trials the largest.',
  ]);
}

type SettledText = SettingsText & DefaultTexts;

/** What each setting's text is, by rank: typed, typed `quick`, plan, the plan's `quick`, default. */
function settle(typed: SettingsInput, planned: SettingsInput, defaults: Defaults): SettledText {
  const quick = { ...defaults.quick, precision: 'none' };
  return {
    ...defaults.usual,
    ...(planned.quick && quick),
    ...given(planned),
    ...(typed.quick && quick),
    ...given(typed),
  };
}

/** Without what is undefined: it must not hide what it is spread over. */
function given(input: SettingsInput): { readonly [Name in SettingName]?: string } {
  const entries = SETTING_NAMES.flatMap((name) => {
    const text = input[name];
    return text === undefined ? [] : [[name, text]];
  });
  return Object.fromEntries(entries);
}

/** A parameter whose pattern is not measured would silently do nothing. */
function checkParameters(
  typed: SettingsInput,
  planned: SettingsInput,
  patterns: readonly Pattern[],
): void {
  // Patterns that were typed may leave parts of the plan unused.
  const checked = typed.pattern === undefined ? { ...planned, ...given(typed) } : typed;
  for (const [parameter, setting] of Object.entries(PARAMETER_SETTINGS)) {
    const needed = PATTERNS_WITH[parameter as ParameterName];
    if (checked[setting] === undefined || needed.some((one) => patterns.includes(one))) continue;
    throw new UserError(`--${setting} means nothing to pattern ${patterns.join(', ')}.`, [
      `It belongs to --pattern ${needed.join(' or ')}.`,
    ]);
  }
}

function optionsOf(input: SettingsInput): Settings['options'] {
  const entries = OPTION_NAMES.flatMap((name) => {
    const text = input[name];
    if (text === undefined) return [];
    // Descriptors have no call for readiness unless they are given one.
    const values = readSetting(name, text).map((value) => (value === 'none' ? null : value));
    return [[name, values] as const];
  });
  return Object.fromEntries(entries);
}

function words<T extends string>(known: readonly T[]) {
  return (text: string, flag: string): T[] => parseWords(text, known, flag);
}

function messages(text: string, flag: string): number[] {
  return parseNumbers(text, flag, (part) => parseWhole(part, flag, 1, MESSAGES_MAX));
}

function optionBytes(text: string, flag: string): string[] {
  return parseSizes(text, { what: flag, maxBytes: OPTION_BYTES_MAX }).map(String);
}

function optionCount(min: number, max: number) {
  return (text: string, flag: string): string[] =>
    parseNumbers(text, flag, (part) => parseWhole(part, flag, min, max)).map(String);
}

/** A share in percent; null = none. */
function parsePrecision(text: string, flag: string): number | null {
  if (text.trim() === 'none') return null;
  const share = Number(/^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text)?.[1] ?? Number.NaN) / 100;
  if (share >= PRECISION_MIN && share <= PRECISION_MAX) return share;
  const bounds = `${PRECISION_MIN * 100}% to ${PRECISION_MAX * 100}%`;
  throw new UserError(`${flag} "${text}" is not a precision from ${bounds}.`, [
    'It is half the width of the 95 % interval as a share of the figure: 1%, 0.5%; or none.',
  ]);
}

function parseWhole(text: string, what: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value) || value < min || value > max) {
    throw new UserError(`${what} "${text}" is not a whole number from ${min} to ${max}.`);
  }
  return value;
}
