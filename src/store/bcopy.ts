import type { BcopyRecord, CalibrationRecord, CellResult, TrialRecord } from './schema.js';

/** Copies of a message on its way to the other peer, and by whom: a fact of the mechanism. */
export interface CopyFacts {
  readonly user: number;
  readonly kernel: number;
}

/**
 * Copies of a message that touch memory which the other peer's processor used last: into what is
 * handed over, and out of it. Any others are made within one process.
 */
const CROSSING_AT_MOST = 2;

/**
 * The cost of one copy in ns: between measured lengths by logarithms of both, below the shortest
 * as it, above the longest in proportion.
 *
 * @returns null when no length was measured with this source
 */
export function copyCostNs(
  copies: CalibrationRecord['copies'],
  bytes: number,
  source: BcopyRecord['source'],
): number | null {
  if (bytes === 0) return 0;
  const points = copies
    .map((copy) => ({ bytes: copy.bytes, ns: source === 'warm' ? copy.warm_ns : copy.cross_ns }))
    .filter((point): point is Point => point.ns !== null)
    .sort((a, b) => a.bytes - b.bytes);
  const above = points.find((point) => point.bytes >= bytes);
  const below = points.findLast((point) => point.bytes <= bytes);
  if (above === undefined) return below ? (below.ns * bytes) / below.bytes : null;
  return below === undefined || below === above ? above.ns : between(below, above, bytes);
}

interface Point {
  readonly bytes: number;
  readonly ns: number;
}

function between(below: Point, above: Point, bytes: number): number {
  const at = (low: number, high: number, share: number) => low + share * (high - low);
  // A copy shorter than the clock can tell has no logarithm.
  if (below.ns === 0 || above.ns === 0) {
    return at(below.ns, above.ns, (bytes - below.bytes) / (above.bytes - below.bytes));
  }
  const share = Math.log(bytes / below.bytes) / Math.log(above.bytes / below.bytes);
  return Math.exp(at(Math.log(below.ns), Math.log(above.ns), share));
}

/** What the floor of a cell follows from. */
export interface CopiedCell {
  readonly pattern: string;
  readonly copies: CopyFacts | null;
  /** Payload of a message in each direction; a stream has requests only. */
  readonly requestBytes: number;
  readonly replyBytes: number;
  readonly source: BcopyRecord['source'];
  /** Mean time of one operation; null = not known. */
  readonly meanNs: number | null;
}

/**
 * What copying alone takes of an operation, and its share of the time.
 *
 * @returns null when nothing is copied, or it isn't known what a copy costs
 */
export function bcopyOf(
  cell: CopiedCell,
  calibration: CalibrationRecord | null,
): BcopyRecord | null {
  const perMessage = (cell.copies?.user ?? 0) + (cell.copies?.kernel ?? 0);
  if (calibration === null || perMessage === 0 || cell.pattern === 'connect') return null;
  const source = crossIsKnown(calibration) ? cell.source : 'warm';
  const messages =
    cell.pattern === 'stream' ? [cell.requestBytes] : [cell.requestBytes, cell.replyBytes];
  const costs = messages.map((bytes) => messageNs(calibration, perMessage, bytes, source));
  if (costs.some((cost) => cost === null)) return null;
  const floor = costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0);
  return {
    copies: perMessage * messages.length,
    bytes: perMessage * messages.reduce((sum, bytes) => sum + bytes, 0),
    source,
    floor_ns: floor,
    share: cell.meanNs ? floor / cell.meanNs : null,
  };
}

function crossIsKnown({ copies }: CalibrationRecord): boolean {
  return copies.some(({ cross_ns }) => cross_ns !== null);
}

function messageNs(
  { copies }: CalibrationRecord,
  perMessage: number,
  bytes: number,
  source: BcopyRecord['source'],
): number | null {
  const warm = copyCostNs(copies, bytes, 'warm');
  const cross = source === 'warm' ? warm : copyCostNs(copies, bytes, 'cross');
  return messageCopiesNs(perMessage, cross, warm);
}

/**
 * What all copies of one message take, in ns: two of them with what the other processor has
 * written last, the others within one process.
 *
 * @param perMessage how many there are
 * @param crossNs of one copy whose source the other processor has just written
 * @param warmNs of one copy whose source is in the own cache
 * @returns null when it takes a cost that isn't known
 */
export function messageCopiesNs(
  perMessage: number,
  crossNs: number | null,
  warmNs: number | null,
): number | null {
  const crossing = Math.min(perMessage, CROSSING_AT_MOST);
  const within = perMessage - crossing;
  if ((crossing > 0 && crossNs === null) || (within > 0 && warmNs === null)) return null;
  return crossing * (crossNs ?? 0) + within * (warmNs ?? 0);
}

/**
 * Whether the peers had one processor or two. Peers that were not bound are taken to be where
 * most of their windows began and ended; in doubt it is one, whose copies cost less.
 */
export function sourceOf(
  cell: Pick<CellResult, 'client_cpu' | 'server_cpu'>,
  trials: readonly Pick<TrialRecord, 'usage'>[],
): BcopyRecord['source'] {
  const { client_cpu: client, server_cpu: server } = cell;
  if (client !== null && server !== null) return client === server ? 'warm' : 'cross';
  const ends = trials.flatMap(({ usage }) =>
    usage === null
      ? []
      : [
          [usage.client.cpu_first, usage.server.cpu_first],
          [usage.client.cpu_last, usage.server.cpu_last],
        ],
  );
  const apart = ends.filter(([a, b]) => a !== null && b !== null && a !== b).length;
  return 2 * apart > ends.length ? 'cross' : 'warm';
}
