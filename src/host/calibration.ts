import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { UserError } from '../errors.js';
import type { CalibrationRecord } from '../store/schema.js';

const run = promisify(execFile);

/** Beyond the time that was asked for: starting, and lengths that take longer than their share. */
const GRACE_MS = 10_000;
/** As the native part takes them. */
const BYTES_MAX = 2 ** 20;
/** More than the native part measures anyway; what lies between is interpolated. */
const SIZES_MAX = 40;

const amount = z.number().nonnegative();
const maybeAmount = amount.nullable();

/** The JSON of `ipcbench-peer calibrate`. */
const outputSchema = z.object({
  clock_ns: amount,
  system_call_ns: amount,
  ping_pong_ns: maybeAmount,
  futex_ns: z.object({ same_core_ns: maybeAmount, two_cores_ns: maybeAmount }),
  copies: z
    .array(z.object({ bytes: z.int().positive(), warm_ns: amount, cross_ns: maybeAmount }))
    .min(1),
  cpus: z.array(z.int().nonnegative()),
  elapsed_ns: amount,
});

/** What to calibrate, and for how long. */
export interface CalibrationRequest {
  readonly seconds: number;
  /** Two processors, the same one twice for one; absent = any two. */
  readonly processors?: readonly [number, number] | null;
  /** Lengths of copies beside those that are always measured. */
  readonly sizes?: readonly number[];
  /** Aborted = end it now. */
  readonly signal?: AbortSignal;
}

/** Measures what the machine's primitives cost. */
export type Calibrator = (request: CalibrationRequest) => Promise<CalibrationRecord>;

/**
 * Calibrates with the native executable.
 *
 * @param executable the native part
 * @throws UserError when it isn't built, is an older one, or was ended
 */
export async function calibrateNative(
  executable: string,
  { seconds, sizes = [], processors, signal }: CalibrationRequest,
): Promise<CalibrationRecord> {
  const at = new Date();
  const started = performance.now();
  const lengths = sizesToAsk(sizes);
  const words = [
    'calibrate',
    ...['--seconds', String(seconds)],
    ...(lengths.length === 0 ? [] : ['--sizes', lengths.join(',')]),
    ...(processors ? ['--cpus', processors.join(',')] : []),
  ];
  // A process group of its own: a Ctrl-C reaches this process, which then ends it in order.
  const options = { timeout: Math.ceil(seconds * 1000 + GRACE_MS), detached: true, signal };
  try {
    const { stdout } = await run(executable, words, options);
    const took_ms = performance.now() - started;
    return { at: at.toISOString(), took_ms, ...parseCalibration(stdout) };
  } catch (error) {
    throw new UserError(`Costs could not be calibrated: ${reasonOf(error as ExecError)}.`, [
      'Build the native part: npm run build:native',
    ]);
  }
}

/** Evenly out of those that can be measured. */
function sizesToAsk(sizes: readonly number[]): number[] {
  const known = [...new Set(sizes)].filter((bytes) => bytes > 0 && bytes <= BYTES_MAX);
  const step = Math.max(1, known.length / SIZES_MAX);
  const count = Math.min(known.length, SIZES_MAX);
  return Array.from({ length: count }, (_, i) => known[Math.floor(i * step)] as number);
}

/** Reads the output of `ipcbench-peer calibrate`; copies by rising length. */
export function parseCalibration(text: string): Omit<CalibrationRecord, 'at' | 'took_ms'> {
  const { cpus, elapsed_ns: _, copies, ...costs } = outputSchema.parse(JSON.parse(text));
  return { processors: cpus, ...costs, copies: copies.sort((a, b) => a.bytes - b.bytes) };
}

interface ExecError extends Error {
  readonly stderr?: string;
  readonly killed?: boolean;
  readonly code?: string | number | null;
  readonly signal?: string | null;
}

function reasonOf(error: ExecError): string {
  if (error.name === 'AbortError') return 'it was interrupted';
  if (error.killed) return 'it took too long and was ended';
  if (error.code === 'ENOENT') return 'the native part is not built';
  if (error instanceof SyntaxError || error instanceof z.ZodError) {
    return 'the native part printed something else';
  }
  const word = error.stderr?.trim().split('\n').at(-1);
  if (word) return word;
  return error.signal ? `it was killed by ${error.signal}` : error.message.trim();
}
