import type { ProbeDescriptor } from '../probes/types.js';
import { type Selection, selectProbes } from './select.js';
import type { SettingsInput } from './settings.js';

/** The kernel's TCP first: the others are judged by it. */
export const SPEED_LIBRARY_PROBES = [
  'tcp',
  'fast-mmap-sem',
  'fast-mmap-doors',
  'fast-doors',
] as const;

/** 64 B to 1 MiB, powers of four. */
export const SPEED_LIBRARY_SIZES: readonly number[] = Array.from(
  { length: 8 },
  (_, i) => 64 * 4 ** i,
);

/** Both sides on processors of their own, where a copy is between two of them. */
export const SPEED_LIBRARY_PLACEMENT = 'two-cores';

export const SPEED_LIBRARY_SETTINGS: SettingsInput = {
  size: SPEED_LIBRARY_SIZES.join(','),
  pattern: 'echo,stream',
  wait: 'block',
};

/** All of them in one run, each with every size in both patterns. */
export function selectSpeedLibrary(descriptors: readonly ProbeDescriptor[]): Selection {
  return { probes: selectProbes(SPEED_LIBRARY_PROBES, descriptors), named: new Set() };
}
