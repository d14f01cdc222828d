import { stat } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { nearest } from '../plan/edit-distance.js';
import { selectOneProbe } from '../plan/select.js';
import { SETTING_NAMES, type SettingName, type SettingsInput } from '../plan/settings.js';
import type { ProbeDescriptor } from '../probes/types.js';

/** A probe to measure, with settings of its own. */
export interface ProbeOperand {
  readonly kind: 'probe';
  readonly probe: ProbeDescriptor;
  /** What the text says beside the name: these win over flags. */
  readonly own: SettingsInput;
  /** For headings: the probe's name and its settings. */
  readonly label: string;
}

/** A result that was saved. */
export interface SavedOperand {
  readonly kind: 'saved';
  /** As the store of results takes it; null = the baseline of name `baseline`. */
  readonly ref: string | null;
  readonly baseline: string | null;
  readonly label: string;
}

export type Operand = ProbeOperand | SavedOperand;

/** Settings that a comparison has once: all sides are measured by the same ones. */
const SHARED: readonly string[] = [
  'trials',
  'duration',
  'warmup',
  'seed',
  'precision',
  'max-trials',
  'max-time',
];

/** `@latest` and `@-2` are runs; any other name after @ is a baseline's. */
const RUN_REF = /^@(latest|-\d+)$/;
const BASELINE_PREFIX = 'baseline:';

const FORMS = [
  'A probe with settings: tcp:size=4k,wait=spin',
  'A saved result: a file, a run id, @latest, @-2, or @NAME for a baseline.',
];

/**
 * Reads one side of a comparison: `doors`, `tcp:size=4k,wait=spin`, `results/x.json`, a run id or
 * its beginning, `@latest`, `@-2`, `baseline:main` or `@main`.
 *
 * A name of a probe wins over a file or run of that name.
 *
 * @throws UserError for what is none of these, and for settings that can't be a side's own
 */
export async function parseOperand(
  text: string,
  descriptors: readonly ProbeDescriptor[],
): Promise<Operand> {
  if (text.startsWith('@') || text.startsWith(BASELINE_PREFIX)) return savedOperand(text);
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  if (isProbe(name, descriptors)) {
    return probeOperand(text, name, colon < 0 ? null : text.slice(colon + 1), descriptors);
  }
  if (await looksSaved(text)) return savedOperand(text);
  // Says that there is no such probe, and which one may have been meant.
  try {
    selectOneProbe(name, descriptors);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message, [...error.nextSteps, ...FORMS]);
  }
  return savedOperand(text);
}

/** A baseline by its name. */
export function baselineOperand(name: string): SavedOperand {
  return { kind: 'saved', ref: null, baseline: name, label: `@${name}` };
}

/** Reads a reference that is to a saved result, whatever it looks like. */
export function savedOperand(text: string): SavedOperand {
  if (text.startsWith(BASELINE_PREFIX)) return baselineOperand(text.slice(BASELINE_PREFIX.length));
  if (text.startsWith('@') && !RUN_REF.test(text)) return baselineOperand(text.slice(1));
  return { kind: 'saved', ref: text, baseline: null, label: text };
}

function isProbe(name: string, descriptors: readonly ProbeDescriptor[]): boolean {
  const wanted = name.toLowerCase();
  return descriptors.some((probe) => probe.name === wanted || probe.aliases.includes(wanted));
}

/** Ids of runs begin with a digit, which names of probes don't. */
async function looksSaved(text: string): Promise<boolean> {
  if (/^\d/.test(text) || text.includes('/') || text.endsWith('.json')) return true;
  const found = await stat(text).catch(() => null);
  return found?.isFile() ?? false;
}

function probeOperand(
  text: string,
  name: string,
  settings: string | null,
  descriptors: readonly ProbeDescriptor[],
): ProbeOperand {
  const probe = selectOneProbe(name, descriptors);
  const own = settings === null ? {} : readOwn(text, settings);
  const label = settings === null ? probe.name : `${probe.name}:${settings}`;
  return { kind: 'probe', probe, own, label };
}

/** `size=1,4k,wait=spin`: what has no `=` goes on with the list before it. */
function readOwn(text: string, settings: string): SettingsInput {
  const own: Partial<Record<SettingName, string>> = {};
  let last: SettingName | null = null;
  for (const part of settings.split(',')) {
    const equals = part.indexOf('=');
    if (equals < 0) {
      if (last === null || part.trim() === '') throw malformed(text);
      own[last] = `${own[last]},${part}`;
      continue;
    }
    last = settingName(part.slice(0, equals).trim(), text);
    if (own[last] !== undefined) {
      throw new UserError(`"${text}" has ${last} twice.`, ['Give it one list: size=1,4k.']);
    }
    own[last] = part.slice(equals + 1);
  }
  return own;
}

function settingName(name: string, text: string): SettingName {
  const known = SETTING_NAMES.find((setting) => setting === name);
  if (known === undefined) {
    const suggestion = nearest(name, SETTING_NAMES);
    throw new UserError(`"${text}": there is no setting "${name}".`, [
      ...(suggestion === null ? [] : [`Did you mean "${suggestion}"?`]),
      'The settings have the names of flags: size, wait, placement, pattern, sndbuf, ...',
    ]);
  }
  if (SHARED.includes(known)) {
    throw new UserError(`"${text}": ${known} is the same for all sides of a comparison.`, [
      `Give it as a flag: --${known}.`,
    ]);
  }
  return known;
}

function malformed(text: string): UserError {
  return new UserError(`"${text}" isn't of the form PROBE:SETTING=VALUE,...`, FORMS);
}
