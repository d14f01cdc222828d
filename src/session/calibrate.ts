import type { CalibrationRequest } from '../host/calibration.js';
import { estimatePlanMs } from '../plan/estimate.js';
import type { Plan } from '../plan/types.js';
import type { Runner } from '../runner/types.js';
import type { CalibrationRecord } from '../store/schema.js';

/** Of the time that the plan takes at least. */
const SHARE = 0.05;
const SECONDS_LEAST = 0.25;
const SECONDS_MOST = 1.5;
/** Where the timed windows are short: somebody wants a first look. */
const SECONDS_QUICK = 0.5;
const QUICK_WINDOW_NS = 200e6;

/** What a run knows of its machine's primitives, and why it doesn't know more. */
export interface RunCalibration {
  readonly calibration: CalibrationRecord | null;
  readonly note: string | null;
}

/**
 * Calibrates for a plan. Whatever goes wrong costs the calibration, not the run.
 *
 * @param wanted false = not at all
 */
export async function calibrateFor(
  plan: Plan,
  runner: Pick<Runner, 'calibrate'>,
  { wanted, signal }: { readonly wanted: boolean; readonly signal: AbortSignal },
): Promise<RunCalibration> {
  if (!wanted) return { calibration: null, note: 'it was not wanted (--no-calibrate)' };
  const can = plan.cells.some(({ unavailable }) => unavailable === null);
  if (runner.calibrate === undefined || !can) return { calibration: null, note: null };
  const request: CalibrationRequest = {
    ...{ seconds: secondsFor(plan), sizes: sizesOf(plan), signal },
    processors: processorsOf(plan),
  };
  try {
    return { calibration: await runner.calibrate(request), note: null };
  } catch (error) {
    return { calibration: null, note: (error as Error).message.replace(/\.$/, '') };
  }
}

/** A twentieth of what the trials take, within bounds. */
function secondsFor(plan: Plan): number {
  const [leastMs] = estimatePlanMs(plan);
  const most = plan.durationNs < QUICK_WINDOW_NS ? SECONDS_QUICK : SECONDS_MOST;
  return Math.min(Math.max((leastMs / 1000) * SHARE, SECONDS_LEAST), most);
}

/** Lengths of all messages of the plan. */
function sizesOf({ cells }: Plan): number[] {
  const sizes = cells.flatMap(({ sizeBytes, parameters }) => [
    sizeBytes,
    parameters.replyBytes ?? sizeBytes,
  ]);
  return [...new Set(sizes)].sort((a, b) => a - b);
}

/** The first pair of processors that peers are bound to, if any are. */
function processorsOf({ cells }: Plan): readonly [number, number] | null {
  for (const { clientCpu, serverCpu } of cells) {
    if (clientCpu !== null && serverCpu !== null && clientCpu !== serverCpu) {
      return [serverCpu, clientCpu];
    }
  }
  return null;
}
