import type { Placement } from '../plan/types.js';
import type { Processor, Topology } from './topology.js';

/** Processors of the two peers; null = wherever the scheduler likes. */
export interface CpuPair {
  readonly clientCpu: number | null;
  readonly serverCpu: number | null;
}

/** Where the peers go, one after the other, or why there is no such place. */
export type PlacementResolution =
  | { readonly pairs: readonly CpuPair[] }
  | { readonly reason: string };

/** A matrix of more processors than this is a mistake rather than a plan. */
export const MATRIX_PROCESSORS_MAX = 64;

/**
 * Turns a placement into processors; the same machine always gives the same ones. `same-core`
 * takes the first allowed processor. The placements on two processors put the server on the
 * last allowed processor that has a partner of the kind, and the client on its highest partner.
 * `all` is every ordered pair, both on one processor included.
 */
export function resolvePlacement(placement: Placement, topology: Topology): PlacementResolution {
  const { processors } = topology;
  const [first] = processors;
  if (placement === 'free') return pairOf(null, null);
  if (!first) return { reason: 'the allowed processors are unknown' };
  if (placement === 'same-core') return pairOf(first.cpu, first.cpu);
  if (placement === 'all') return matrix(processors);
  return partners(PARTNERS[placement], processors);
}

/** Two processors that belong together in some way. */
interface PartnerRule {
  /** What it takes, for messages. */
  readonly takes: string;
  /** What must be known of every processor, and the message when it isn't. */
  readonly key: 'core' | 'package';
  readonly unknown: string;
  /** What is true of all processors when no two are partners. */
  readonly otherwise: string;
  readonly related: (a: Processor, b: Processor) => boolean;
}

const SAME_CORE_UNKNOWN = 'the kernel does not say which processors share a core';

const PARTNERS: Readonly<Record<'two-cores' | 'smt' | 'two-sockets', PartnerRule>> = {
  'two-cores': {
    takes: 'it takes two cores',
    key: 'core',
    unknown: SAME_CORE_UNKNOWN,
    otherwise: 'share one',
    related: (a, b) => a.core !== b.core,
  },
  smt: {
    takes: 'it takes two hyper-threads of one core',
    key: 'core',
    unknown: SAME_CORE_UNKNOWN,
    otherwise: 'are cores of their own',
    related: (a, b) => a.core === b.core && a.cpu !== b.cpu,
  },
  'two-sockets': {
    takes: 'it takes two sockets',
    key: 'package',
    unknown: 'the kernel does not say which processors share a socket',
    otherwise: 'are in one',
    related: (a, b) => a.package !== b.package,
  },
};

function partners(rule: PartnerRule, processors: readonly Processor[]): PlacementResolution {
  const cpus = processors.map((processor) => processor.cpu);
  if (processors.length < 2) {
    return { reason: `${rule.takes}, and only processor ${cpus[0]} may be used` };
  }
  if (processors.some((processor) => processor[rule.key] === null)) {
    return { reason: rule.unknown };
  }
  const partnerOf = (server: Processor) => processors.findLast((one) => rule.related(one, server));
  const server = processors.findLast((one) => partnerOf(one) !== undefined);
  const client = server && partnerOf(server);
  if (!server || !client) {
    return { reason: `${rule.takes}, and processors ${cpus.join(', ')} ${rule.otherwise}` };
  }
  return pairOf(client.cpu, server.cpu);
}

function matrix(processors: readonly Processor[]): PlacementResolution {
  if (processors.length > MATRIX_PROCESSORS_MAX) {
    return {
      reason: `${processors.length} processors make too many pairs; at most ${MATRIX_PROCESSORS_MAX} may take part, so limit them as in: taskset -c 0-15 ipcbench ...`,
    };
  }
  const pairs = processors.flatMap(({ cpu: clientCpu }) =>
    processors.map(({ cpu: serverCpu }) => ({ clientCpu, serverCpu })),
  );
  return { pairs };
}

function pairOf(clientCpu: number | null, serverCpu: number | null): PlacementResolution {
  return { pairs: [{ clientCpu, serverCpu }] };
}
