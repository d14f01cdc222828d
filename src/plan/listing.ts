import { UserError } from '../errors.js';
import type { ProbeDescriptor } from '../probes/types.js';
import type { NativeProbe, Runner } from '../runner/types.js';
import { inTableOrder } from './select.js';

/** What `list` says of a probe. Null = not known because it isn't compiled. */
export interface ProbeListing {
  readonly name: string;
  readonly title: string;
  readonly family: ProbeDescriptor['family'];
  readonly summary: string;
  readonly aliases: readonly string[];
  readonly copies: ProbeDescriptor['copies'];
  readonly diagram: string;
  readonly system_calls: ProbeDescriptor['systemCalls'];
  readonly limits: string;
  readonly sources: readonly string[];
  readonly available: boolean;
  /** Why it is not available, or what bounds its sizes. */
  readonly reason: string | null;
  readonly remedy: string | null;
  readonly patterns: readonly string[] | null;
  readonly waits: readonly string[] | null;
  /** Names of the options it takes, as flags of `run`. */
  readonly options: readonly string[] | null;
  readonly size_min_bytes: number | null;
  readonly size_max_bytes: number | null;
}

/** Every probe with its facts and its state on this machine, in the order of tables. */
export async function listProbes(
  descriptors: readonly ProbeDescriptor[],
  runner: Runner,
): Promise<ProbeListing[]> {
  const native = await describeNative(runner);
  return inTableOrder(descriptors).map((descriptor) => ({
    name: descriptor.name,
    title: descriptor.title,
    family: descriptor.family,
    summary: descriptor.summary,
    aliases: descriptor.aliases,
    copies: descriptor.copies,
    diagram: descriptor.diagram,
    system_calls: descriptor.systemCalls,
    limits: descriptor.limits,
    sources: descriptor.sources,
    ...stateOf(descriptor.name, native),
  }));
}

/** Without the native part the facts are still worth a look. */
async function describeNative(runner: Runner): Promise<readonly NativeProbe[] | UserError> {
  try {
    return (await runner.describe()).probes;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

function stateOf(name: string, native: readonly NativeProbe[] | UserError) {
  const probe = native instanceof UserError ? undefined : native.find((it) => it.name === name);
  if (!probe) {
    const notBuilt = native instanceof UserError ? native : null;
    return {
      available: false,
      reason: notBuilt?.message ?? 'not compiled into the native part',
      remedy: notBuilt?.nextSteps[0] ?? 'npm run build:native',
      patterns: null,
      waits: null,
      options: null,
      size_min_bytes: null,
      size_max_bytes: null,
    };
  }
  return {
    available: probe.available,
    reason: probe.reason,
    remedy: probe.remedy,
    patterns: probe.patterns,
    waits: probe.waits,
    options: probe.options,
    size_min_bytes: probe.sizeMin,
    size_max_bytes: probe.sizeMax,
  };
}
