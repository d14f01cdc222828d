import type { Placement } from '../plan/types.js';
import type { Topology } from './topology.js';

/** Processors of the two peers (null = wherever the scheduler likes), or why there are none. */
export type PlacementResolution =
  | { readonly clientCpu: number | null; readonly serverCpu: number | null }
  | { readonly reason: string };

/**
 * Turns a placement into processors; the same machine always gives the same ones. `same-core`
 * takes the first allowed processor. `two-cores` puts the server on the last allowed processor
 * and the client on the highest one of another core.
 */
export function resolvePlacement(placement: Placement, topology: Topology): PlacementResolution {
  const { processors } = topology;
  const first = processors[0];
  const last = processors.at(-1);
  if (placement === 'free') return { clientCpu: null, serverCpu: null };
  if (!first || !last) return { reason: 'the allowed processors are unknown' };
  if (placement === 'same-core') return { clientCpu: first.cpu, serverCpu: first.cpu };
  if (processors.length < 2) {
    return { reason: `it takes two cores, and only processor ${first.cpu} may be used` };
  }
  if (processors.some((processor) => processor.core === null)) {
    return { reason: 'the kernel does not say which processors share a core' };
  }
  const other = processors.findLast((processor) => processor.core !== last.core);
  if (!other) {
    const cpus = processors.map((processor) => processor.cpu).join(', ');
    return { reason: `it takes two cores, and processors ${cpus} share one` };
  }
  return { clientCpu: other.cpu, serverCpu: last.cpu };
}
