import { z } from 'zod';
import { UserError } from '../errors.js';
import type { Cache } from '../host/caches.js';
import {
  type Break,
  canReplicate,
  costModel,
  DEFAULT_TOLERANCE,
  type FittedLine,
  SIZES_AT_LEAST,
} from '../stats/cost-model.js';
import type { CurveMethod, Estimate, SweptSize } from '../stats/cost-model-replications.js';
import type {
  CalibrationRecord,
  CellIdentity,
  CellResult,
  ResultDocument,
} from '../store/schema.js';
import { dimensionsOf, placeKey } from './compare-place.js';
import { type BcopyBeta, bcopyBeta } from './model-bcopy.js';

/** A line: elapsed(n) = alpha + beta n. */
export interface LineRecord {
  /** The sizes that it is for: from the smallest to the largest. */
  readonly from_bytes: number;
  readonly to_bytes: number;
  readonly alpha_us: number;
  readonly alpha_ci95_us: readonly [number, number] | null;
  readonly beta_ns_per_byte: number;
  readonly beta_ci95_ns_per_byte: readonly [number, number] | null;
  /** Payload per time that beta alone allows, both directions together where there are two; null unless beta is above 0. */
  readonly gb_per_s: number | null;
  readonly gb_ci95_per_s: readonly [number, number] | null;
  /** alpha / beta: the size at which half of the time is for bytes; null unless both are above 0. */
  readonly half_size_bytes: number | null;
  readonly half_size_ci95_bytes: readonly [number, number] | null;
  /** Of one copy over the same sizes; null when the run wasn't calibrated. */
  readonly bcopy: BcopyBeta | null;
  /** beta as a multiple of that. */
  readonly beta_over_bcopy: number | null;
  /** Whether no size is off the line. */
  readonly holds: boolean;
  readonly sizes: readonly SizeRecord[];
}

/** A size beside what a line says of it. */
export interface SizeRecord {
  readonly size_bytes: number;
  readonly trials: number;
  readonly median_ns: number;
  readonly fitted_ns: number;
  /** The line's error as a share of the median. */
  readonly deviation: number;
  /** The largest deviation that the tolerance or the trials' spread explains. */
  readonly allowed: number;
  readonly off: boolean;
}

export interface BreakRecord {
  /** The last size of one piece and the first of the next. */
  readonly between_bytes: readonly [number, number];
  /** Share of replications with a break in the same place. */
  readonly support: number;
  /** Caches that a message of such a size, with its copies, begins to fill; null = not known. */
  readonly near_caches: readonly Cache[] | null;
}

/** The model of one mechanism in one place. */
export interface SweepModel extends Omit<CellIdentity, 'size_bytes'> {
  /** Null when there is no model. */
  readonly method: CurveMethod;
  readonly line: LineRecord | null;
  /** The lines that describe the sweep better than one; null when one holds, or none do. */
  readonly pieces: readonly LineRecord[] | null;
  readonly breaks: readonly BreakRecord[];
  /** Sizes that are not in it. */
  readonly missing: readonly { readonly size_bytes: number; readonly reason: string }[];
  /** Why there is no model; null when there is. */
  readonly reason: string | null;
}

/** The cost models of a result. */
export interface CostModels {
  readonly run: string;
  readonly seed: number;
  readonly tolerance: number;
  /** Of the host; null = the result doesn't say. */
  readonly caches: readonly Cache[] | null;
  /** Whether the cost of a copy is known. */
  readonly calibrated: boolean;
  readonly models: readonly SweepModel[];
}

export interface ModelOptions {
  /** A deviation that is no reason to reject a line, as a share; 0.05 unless given. */
  readonly tolerance?: number;
}

/** Buffers that hold a message at a time: the client's, the server's, and two between them. */
const BUFFERS_AT_MOST = 4;

/**
 * Cost models of every sweep of a result: of the cells that differ in size alone.
 *
 * @throws UserError when there is no sweep that a line can be fitted to
 */
export function costModels(document: ResultDocument, options: ModelOptions = {}): CostModels {
  const { run, results } = document;
  const { calibration } = run;
  const caches = cachesOf(run.host);
  const seed = run.seed ?? 0;
  const tolerance = options.tolerance ?? DEFAULT_TOLERANCE;
  const sweeps = sweepsOf(results);
  const models = sweeps.map((cells) => modelOf(cells, { seed, tolerance, calibration, caches }));
  if (models.every(({ line }) => line === null)) throw noModel(document, models);
  return { run: run.id, seed, tolerance, caches, calibrated: calibration !== null, models };
}

/** Cells that differ in size alone, by rising size; a mechanism that was measured twice has two. */
function sweepsOf(results: readonly CellResult[]): CellResult[][] {
  const sweeps = new Map<string, CellResult[]>();
  for (const cell of results) {
    if (cell.pattern === 'connect') continue;
    const { size: _, ...rest } = dimensionsOf(cell);
    const place = JSON.stringify([cell.probe, cell.clients, placeKey(rest)]);
    for (let twin = 0; ; twin++) {
      const key = `${twin} ${place}`;
      const sweep = sweeps.get(key) ?? [];
      if (sweep.some((other) => other.size_bytes === cell.size_bytes)) continue;
      sweeps.set(key, [...sweep, cell]);
      break;
    }
  }
  return [...sweeps.values()].map((cells) => cells.sort((a, b) => a.size_bytes - b.size_bytes));
}

interface Context {
  readonly seed: number;
  readonly tolerance: number;
  readonly calibration: CalibrationRecord | null;
  readonly caches: readonly Cache[] | null;
}

function modelOf(cells: readonly CellResult[], context: Context): SweepModel {
  const [first] = cells as readonly [CellResult];
  const { probe, pattern, parameters, options } = first;
  const { placement, client_cpu, server_cpu, wait, clients } = first;
  const place = { placement, client_cpu, server_cpu, wait, clients };
  const missing = cells.flatMap((cell) => {
    const reason = whyMissing(cell);
    return reason === null ? [] : [{ size_bytes: cell.size_bytes, reason }];
  });
  const sizes = cells.filter((cell) => whyMissing(cell) === null).map(sweptSize);
  const reason = whyNot(sizes, cells);
  const head = { ...{ probe, pattern, parameters, options }, ...place };
  if (reason !== null) {
    return { ...head, method: null, line: null, pieces: null, breaks: [], missing, reason };
  }
  const { seed, tolerance } = context;
  const model = costModel(sizes, { seed, tolerance });
  const record = (line: FittedLine) => lineRecord(line, cells, context.calibration);
  return {
    ...head,
    method: model.method,
    line: record(model.whole),
    pieces: model.pieces?.map(record) ?? null,
    breaks: model.breaks.map((one) => breakRecord(one, context.caches)),
    ...{ missing, reason },
  };
}

function sweptSize(cell: CellResult): SweptSize {
  const trials = cell.per_trial.flatMap(({ repetition: block, median_ns: ns }) =>
    ns === null ? [] : [{ block, ns }],
  );
  return { bytes: cell.size_bytes, trials };
}

function whyMissing(cell: CellResult): string | null {
  if (cell.status !== 'ok') return cell.reason ?? 'no trial has figures';
  const { trials } = sweptSize(cell);
  if (trials.length < 2) return 'one trial says nothing about how trials differ';
  return trials.every(({ ns }) => ns > 0) ? null : 'the clock resolves nothing of it';
}

function whyNot(sizes: readonly SweptSize[], cells: readonly CellResult[]): string | null {
  if (sizes.length < SIZES_AT_LEAST) {
    const [cell] = cells.filter((one) => whyMissing(one) !== null);
    const of = cell === undefined ? '' : ` (of ${cells.length}: ${whyMissing(cell)})`;
    return `a line takes ${SIZES_AT_LEAST} sizes or more, and there ${countOf(sizes.length)}${of}`;
  }
  return canReplicate(sizes) ? null : 'fewer than two repetitions have a trial of every size';
}

function countOf(sizes: number): string {
  if (sizes === 0) return 'is none with figures';
  return sizes === 1 ? 'is one' : `are ${sizes}`;
}

function lineRecord(
  line: FittedLine,
  cells: readonly CellResult[],
  calibration: CalibrationRecord | null,
): LineRecord {
  const [cell] = cells as readonly [CellResult];
  const { alphaNs, betaNsPerByte: beta, halfBytes } = line;
  const bytes = line.sizes.map((size) => size.bytes);
  const bcopy = bcopyBeta(calibration, cells, bytes);
  const gigabytes = rateOf(beta, bytesMoved(cell));
  return {
    from_bytes: bytes[0] as number,
    to_bytes: bytes.at(-1) as number,
    alpha_us: alphaNs.value / 1000,
    alpha_ci95_us: alphaNs.ci95 && [alphaNs.ci95[0] / 1000, alphaNs.ci95[1] / 1000],
    beta_ns_per_byte: beta.value,
    beta_ci95_ns_per_byte: beta.ci95,
    gb_per_s: gigabytes?.value ?? null,
    gb_ci95_per_s: gigabytes?.ci95 ?? null,
    half_size_bytes: halfBytes?.value ?? null,
    half_size_ci95_bytes: halfBytes?.ci95 ?? null,
    bcopy,
    beta_over_bcopy: bcopy === null ? null : beta.value / bcopy.beta_ns_per_byte,
    holds: line.holds,
    sizes: line.sizes.map((size) => ({
      size_bytes: size.bytes,
      trials: size.trials,
      median_ns: size.medianNs,
      fitted_ns: size.fittedNs,
      deviation: size.deviation,
      allowed: size.allowed,
      off: size.off,
    })),
  };
}

/** Payload bytes per byte of size: replies that grow with the request count as well. */
function bytesMoved({ pattern, parameters }: CellResult): number {
  return pattern === 'stream' || (parameters?.reply_bytes ?? null) !== null ? 1 : 2;
}

/** Bytes per nanosecond are gigabytes per second. */
function rateOf({ value, ci95 }: Estimate, moved: number): Estimate | null {
  // What may be nothing per byte has no rate.
  if (!(value > 0) || (ci95 !== null && !(ci95[0] > 0))) return null;
  return { value: moved / value, ci95: ci95 && [moved / ci95[1], moved / ci95[0]] };
}

function breakRecord(
  { betweenBytes, support }: Break,
  caches: readonly Cache[] | null,
): BreakRecord {
  const [last, first] = betweenBytes;
  const near = caches?.filter(({ size_bytes: bytes }) => {
    return last <= bytes && bytes <= BUFFERS_AT_MOST * first;
  });
  return { between_bytes: betweenBytes, support, near_caches: near ?? null };
}

/** Documents hold facts that they don't describe; older ones don't have this one. */
function cachesOf(host: Readonly<Record<string, unknown>>): readonly Cache[] | null {
  const parsed = cachesSchema.safeParse(host.caches);
  return parsed.success ? parsed.data : null;
}

const cachesSchema = z.array(z.object({ level: z.number(), size_bytes: z.number() }));

function noModel({ run, results }: ResultDocument, models: readonly SweepModel[]): UserError {
  const next = ['Measure a sweep: ipcbench run pipe tcp --size 1..1m --trials 10'];
  if (results.length === 0) return new UserError(`Run ${run.id} has no cells.`, next);
  if (models.length === 0) {
    return new UserError(`Run ${run.id} has no cells with a size: connect has none.`, next);
  }
  const reasons = [...new Set(models.map((model) => `${model.probe}: ${model.reason}.`))];
  const more = reasons.length - 3;
  return new UserError(`Run ${run.id} has no size sweep that a line can be fitted to.`, [
    ...reasons.slice(0, 3),
    ...(more > 0 ? [`And ${more} more.`] : []),
    ...next,
  ]);
}
