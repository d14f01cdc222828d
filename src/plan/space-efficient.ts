import type { ProbeDescriptor } from '../probes/types.js';
import { type Selection, selectProbes } from './select.js';
import type { SettingsInput } from './settings.js';
import type { Cell } from './types.js';

/** Threads inside calls. */
export const SPACE_THREADS: readonly number[] = Array.from({ length: 9 }, (_, i) => 2 ** i);
/** From here on it is measured what happens without a free buffer, too. */
export const SPACE_EXHAUSTED_FROM = 16;
/** Callers that are refused and come again have no turn: of more threads some starve. */
export const SPACE_REFUSED_UP_TO = 128;

export const SPACE_RELEASES = ['early', 'hold'] as const;
export type SpaceRelease = (typeof SPACE_RELEASES)[number];
export const SPACE_POLICIES = ['grow', 'wait', 'fail'] as const;
export type SpacePolicy = (typeof SPACE_POLICIES)[number];

/** Buffers of a pool, as the document has it. */
export const SPACE_BUFFERS = 32;
/** How long each call takes in the server, which is asleep meanwhile. */
export const SPACE_SERVICE = '10ms';
const NO_SERVICE = '0s';

/** How the cost of a round trip is measured: one thread, two processors. */
export const SPACE_COST_WAITS = ['block', 'adaptive'] as const;

/** Every value that a cell may take; the cells are chosen from their product. */
export const SPACE_SETTINGS: SettingsInput = {
  pattern: 'echo',
  size: '1k',
  placement: 'free,two-cores',
  wait: SPACE_COST_WAITS.join(','),
  threads: SPACE_THREADS.join(','),
  buffers: SPACE_RELEASES.join(','),
  exhausted: SPACE_POLICIES.join(','),
  asleep: `${NO_SERVICE},${SPACE_SERVICE}`,
};

/** Long calls of many threads, and short ones of one thread. */
export function selectSpaceEfficient(descriptors: readonly ProbeDescriptor[]): Selection {
  return {
    probes: selectProbes(['doors'], descriptors),
    named: new Set(),
    keeps: (cell) => isLong(cell) || isShort(cell),
  };
}

type Place = Pick<Cell, 'placement' | 'wait' | 'options'>;

/** Whether a cell is about memory. */
function isLong({ placement, wait, options }: Place): boolean {
  return (
    placement === 'free' &&
    wait === 'block' &&
    options.asleep === SPACE_SERVICE &&
    threadsOf(options.exhausted as SpacePolicy).includes(Number(options.threads))
  );
}

/** With how many threads a policy is measured. */
export function threadsOf(exhausted: SpacePolicy): number[] {
  return SPACE_THREADS.filter(
    (threads) =>
      exhausted === 'grow' ||
      (threads >= SPACE_EXHAUSTED_FROM && (exhausted === 'wait' || threads <= SPACE_REFUSED_UP_TO)),
  );
}

/** Whether a cell is about the cost of a round trip. */
function isShort({ placement, options }: Place): boolean {
  return (
    placement === 'two-cores' &&
    options.asleep === NO_SERVICE &&
    options.exhausted === 'grow' &&
    options.threads === '1'
  );
}
