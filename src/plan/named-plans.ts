import { relative, resolve } from 'node:path';
import type { Loader } from 'lilconfig';
import { z } from 'zod';
import { UserError } from '../errors.js';
import type { ProbeDescriptor } from '../probes/types.js';
import { nearest } from './edit-distance.js';
import { selectProbes } from './select.js';
import { readSetting, SETTING_NAMES, type SettingName, type SettingsInput } from './settings.js';

/** A plan that has a name: settings, and perhaps probes. */
export interface NamedPlan {
  /** Names or groups of probes; null = every probe. */
  readonly probes: readonly string[] | null;
  readonly settings: SettingsInput;
}

/** Plans that are there without a configuration file, which may have its own of these names. */
export const BUILT_IN_PLANS: Readonly<Record<string, NamedPlan>> = {
  quick: { probes: null, settings: { quick: true } },
  paper: {
    probes: null,
    settings: {
      size: '1..1m',
      trials: '10',
      precision: '1%',
      'max-trials': '50',
      duration: '1s',
      warmup: '250ms',
      placement: 'two-cores',
      wait: 'block,adaptive',
    },
  },
};

const FILE_NAMES = ['ipcbench.config.json', 'ipcbench.config.js'];

const HOW_TO_WRITE = [
  'A plan has flags by their names: { "plans": { "mine": { "probes": ["pipe"], "size": "1..1m" } } }',
];

/**
 * Finds the plan of that name: in the configuration file, else among the built-in ones.
 *
 * @param file the configuration file; absent = `ipcbench.config.json` or `.js` in the working
 *   directory or the nearest one above it that has one
 * @throws UserError for an unknown name and for a configuration that is malformed in any part
 */
export async function findNamedPlan(
  name: string,
  file: string | undefined,
  descriptors: readonly ProbeDescriptor[],
): Promise<NamedPlan> {
  const plans = { ...BUILT_IN_PLANS, ...(await configuredPlans(file, descriptors)) };
  if (Object.hasOwn(plans, name)) return plans[name] as NamedPlan;
  const known = Object.keys(plans);
  const suggestion = nearest(name, known);
  throw new UserError(`There is no plan "${name}".`, [
    ...(suggestion === null ? [] : [`Did you mean "${suggestion}"?`]),
    `Plans there are: ${known.join(', ')}. More can be put into ${FILE_NAMES[0]}.`,
  ]);
}

async function configuredPlans(
  file: string | undefined,
  descriptors: readonly ProbeDescriptor[],
): Promise<Readonly<Record<string, NamedPlan>>> {
  const found = await loadFile(file);
  if (found === null) return {};
  return readPlans(found.content, relative('', found.path) || found.path, descriptors);
}

/** Null when none was named and none is found. */
async function loadFile(
  file: string | undefined,
): Promise<{ readonly path: string; readonly content: unknown } | null> {
  const { defaultLoaders, lilconfig } = await import('lilconfig');
  const loaders = Object.entries(defaultLoaders).map(([ending, load]): [string, Loader] => [
    ending,
    async (path, content) => {
      try {
        return await load(path, content);
      } catch (error) {
        throw unreadable(path, error);
      }
    },
  ]);
  const searcher = lilconfig('ipcbench', {
    searchPlaces: FILE_NAMES,
    ignoreEmptySearchPlaces: false,
    loaders: Object.fromEntries(loaders),
  });
  try {
    const found = await (file === undefined ? searcher.search() : searcher.load(resolve(file)));
    return found && { path: found.filepath, content: found.isEmpty ? undefined : found.config };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw unreadable(file ?? 'file', error);
  }
}

function unreadable(file: string, error: unknown): UserError {
  return new UserError(`The configuration ${file} can't be read: ${(error as Error).message}.`, [
    `Name a readable file of the form of ${FILE_NAMES.join(' or ')}.`,
  ]);
}

const scalar = z.union([z.string(), z.number()]);
const settingSchema = z.union([scalar, z.array(scalar).min(1)], {
  error: 'expected a text, a number, or a list of them',
});
const probesSchema = z.array(z.string(), { error: 'expected a list of names' }).min(1);
const quickSchema = z.boolean();
const configSchema = z.strictObject({
  plans: z.record(z.string(), z.record(z.string(), z.unknown())),
});

/**
 * Reads the content of a configuration file.
 *
 * @param file its name, for messages
 * @throws UserError that names file and key of what is malformed
 */
export function readPlans(
  content: unknown,
  file: string,
  descriptors: readonly ProbeDescriptor[],
): Readonly<Record<string, NamedPlan>> {
  const { plans } = check(configSchema, content, `${file}:`);
  const read = Object.entries(plans).map(([name, plan]) => {
    return [name, readPlan(plan, `${file}: plans.${name}`, descriptors)] as const;
  });
  return Object.fromEntries(read);
}

function readPlan(
  content: Readonly<Record<string, unknown>>,
  where: string,
  descriptors: readonly ProbeDescriptor[],
): NamedPlan {
  const { probes, quick, ...values } = content;
  const settings = Object.entries(values).map(([name, value]) => {
    if (!isSetting(name)) throw unknownKey(name, where);
    const text = [check(settingSchema, value, `${where}.${name}:`)].flat().join(',');
    at(`${where}.${name}`, () => readSetting(name, text));
    return [name, text] as const;
  });
  return {
    probes: probes === undefined ? null : readProbes(probes, `${where}.probes`, descriptors),
    settings: {
      ...Object.fromEntries(settings),
      ...(quick !== undefined && { quick: check(quickSchema, quick, `${where}.quick:`) }),
    },
  };
}

function readProbes(
  content: unknown,
  where: string,
  descriptors: readonly ProbeDescriptor[],
): readonly string[] {
  const probes = check(probesSchema, content, `${where}:`);
  at(where, () => selectProbes(probes, descriptors));
  return probes;
}

function isSetting(name: string): name is SettingName {
  return (SETTING_NAMES as readonly string[]).includes(name);
}

function unknownKey(name: string, where: string): UserError {
  const suggestion = nearest(name, ['probes', 'quick', ...SETTING_NAMES]);
  return new UserError(`${where}.${name}: there is no such flag.`, [
    ...(suggestion === null ? [] : [`Did you mean "${suggestion}"?`]),
    ...HOW_TO_WRITE,
  ]);
}

/** Puts the place in front of what is wrong there. */
function at(where: string, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${where}: ${error.message}`, error.nextSteps);
  }
}

function check<T>(schema: z.ZodType<T>, content: unknown, where: string): T {
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') ?? '';
  const place = path === '' ? where : `${where} ${path}:`;
  throw new UserError(`${place} ${issue?.message ?? 'malformed'}.`, HOW_TO_WRITE);
}
