import { SPEED_LIBRARY_PROBES, SPEED_LIBRARY_SIZES } from '../plan/speed-library.js';
import type { ProbeDescriptor } from '../probes/types.js';
import { copyCostNs, messageCopiesNs } from '../store/bcopy.js';
import { operationTimes } from '../store/operation.js';
import type { CellResult, ResultDocument } from '../store/schema.js';
import { compareCells } from './compare.js';

/** One way to carry bytes, with messages of one size. */
export interface SpeedLibraryEntry {
  readonly probe: string;
  readonly status: CellResult['status'];
  readonly reason: string | null;
  readonly remedy: string | null;
  /** Median of the operation: a round trip (echo), a message at the receiver (stream). */
  readonly elapsed_ns: number | null;
  readonly ci95_ns: readonly [number, number] | null;
  /** Time of tcp over its own, with messages of this size; null for tcp, and without figures. */
  readonly times_faster: number | null;
  readonly times_faster_ci95: readonly [number, number] | null;
  /** What the copies of the operation's messages take, as measured between the two processors. */
  readonly bcopy_ns: number | null;
  /** System time of both peers per operation. */
  readonly system_ns: number | null;
  /**
   * Share of the elapsed time that is neither copies nor system time; 0 where those together are
   * more, because both peers work at the same time.
   */
  readonly neither: number | null;
}

/** Messages of one size. */
export interface SpeedLibrarySize {
  readonly size_bytes: number;
  /** One copy of a message; null = it was not measured. */
  readonly copy_ns: number | null;
  readonly entries: readonly SpeedLibraryEntry[];
}

/** The document's claim measured: elapsed time = copies + a very small amount of system time. */
export interface SpeedLibrary {
  readonly patterns: readonly {
    readonly pattern: string;
    readonly sizes: readonly SpeedLibrarySize[];
  }[];
  /** One copy of each size before the trials and after them, in ns; null = the run was cut off. */
  readonly copies: readonly {
    readonly size_bytes: number;
    readonly before_ns: number | null;
    readonly after_ns: number | null;
  }[];
}

/** Costs of one copy by size, in ns. */
export type CopyCosts = ReadonlyMap<number, number>;

const PATTERNS = ['echo', 'stream'] as const;
/** Messages in one operation. */
const MESSAGES: Readonly<Record<(typeof PATTERNS)[number], number>> = { echo: 2, stream: 1 };

/**
 * Puts a run beside what copies cost in the same session.
 *
 * @param after null when the run was cut off
 */
export function reproduceSpeedLibrary(
  document: ResultDocument,
  descriptors: readonly ProbeDescriptor[],
  before: CopyCosts,
  after: CopyCosts | null,
): SpeedLibrary {
  const { calibration } = document.run;
  const copies = SPEED_LIBRARY_SIZES.map((size) => ({
    size_bytes: size,
    before_ns: before.get(size) ?? null,
    after_ns: after?.get(size) ?? null,
  }));
  const costs = new Map(
    copies.map(({ size_bytes, before_ns, after_ns }) => [size_bytes, mean(before_ns, after_ns)]),
  );
  const patterns = PATTERNS.map((pattern) => ({
    pattern,
    sizes: SPEED_LIBRARY_SIZES.map((size) => {
      const copyNs = costs.get(size) ?? null;
      const warmNs = calibration === null ? null : copyCostNs(calibration.copies, size, 'warm');
      const cellOf = (probe: string) => findCell(document, probe, pattern, size);
      const seed = document.run.seed ?? 0;
      const entries = SPEED_LIBRARY_PROBES.map((probe) => {
        const perMessage = messageCopiesNs(copiesOf(probe, descriptors), copyNs, warmNs);
        const bcopyNs = perMessage === null ? null : MESSAGES[pattern] * perMessage;
        return entryOf(probe, cellOf(probe), cellOf('tcp'), { bcopyNs, seed });
      });
      return { size_bytes: size, copy_ns: copyNs, entries };
    }),
  }));
  return { patterns, copies };
}

function mean(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return (a + b) / 2;
}

/** Copies per message, by whomever. */
function copiesOf(name: string, descriptors: readonly ProbeDescriptor[]): number {
  const copies = descriptors.find((descriptor) => descriptor.name === name)?.copies;
  return (copies?.user ?? 0) + (copies?.kernel ?? 0);
}

function findCell(
  { results }: ResultDocument,
  probe: string,
  pattern: string,
  size: number,
): CellResult | undefined {
  return results.find(
    (cell) => cell.probe === probe && cell.pattern === pattern && cell.size_bytes === size,
  );
}

function entryOf(
  probe: string,
  cell: CellResult | undefined,
  tcp: CellResult | undefined,
  { bcopyNs, seed }: { readonly bcopyNs: number | null; readonly seed: number },
): SpeedLibraryEntry {
  const times = cell === undefined ? null : operationTimes(cell);
  const elapsed = times?.median ?? null;
  const system = cell === undefined ? null : systemPerOperation(cell);
  return {
    probe,
    status: cell?.status ?? 'failed',
    reason: cell === undefined ? 'the run was interrupted before it' : cell.reason,
    remedy: cell?.remedy ?? null,
    elapsed_ns: elapsed,
    ci95_ns: times?.ci95 ?? null,
    ...timesFaster(cell, tcp, seed),
    bcopy_ns: bcopyNs,
    system_ns: system,
    neither: neitherOf(elapsed, bcopyNs, system),
  };
}

function timesFaster(
  cell: CellResult | undefined,
  tcp: CellResult | undefined,
  seed: number,
): Pick<SpeedLibraryEntry, 'times_faster' | 'times_faster_ci95'> {
  if (cell === undefined || tcp === undefined || cell === tcp) {
    return { times_faster: null, times_faster_ci95: null };
  }
  const { ratio, ci95 } = compareCells(cell, tcp, { seed, paired: true });
  return { times_faster: ratio, times_faster_ci95: ci95 };
}

function systemPerOperation({ usage }: CellResult): number | null {
  if (usage === null || usage.client.ops === 0) return null;
  return ((usage.client.system_us + usage.server.system_us) * 1000) / usage.client.ops;
}

function neitherOf(
  elapsed: number | null,
  bcopy: number | null,
  system: number | null,
): number | null {
  if (elapsed === null || bcopy === null || system === null || elapsed === 0) return null;
  return Math.max(0, elapsed - bcopy - system) / elapsed;
}
