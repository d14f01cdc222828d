import type { HostFacts } from '../host/environment.js';
import type { Plan } from '../plan/types.js';
import { type RunHead, runDocument } from '../store/run-document.js';
import type { CalibrationRecord, ResultDocument } from '../store/schema.js';
import { planHead } from './run-head.js';
import type { SessionRecord } from './session.js';

/** Which run it is, and where it was made. */
export interface RunIdentity {
  readonly id: string;
  readonly started: Date;
  /** The command line. */
  readonly command: string;
  /** ipcbench's version. */
  readonly version: string;
  readonly host: HostFacts;
  /** What primitives cost here; absent = not measured. */
  readonly calibration?: CalibrationRecord | null;
  /** Why they were not. */
  readonly calibrationNote?: string | null;
  /** Between two ticks; absent = not known. */
  readonly splitResolutionUs?: number | null;
}

/** What is known of a run before its first trial. */
export function runHead(plan: Plan, identity: RunIdentity): RunHead {
  const { plan: settings, ...head } = planHead(plan);
  return {
    ...head,
    run: {
      id: identity.id,
      started: identity.started.toISOString(),
      seed: plan.seed,
      command: identity.command,
      ipcbench: identity.version,
      host: { ...identity.host },
      plan: settings,
      calibration: identity.calibration ?? null,
      calibration_note: identity.calibrationNote ?? null,
      split_resolution_us: identity.splitResolutionUs ?? null,
    },
  };
}

/**
 * The document of a run, finished or not; see `runDocument`.
 *
 * @param ended null while the run goes on
 */
export function makeDocument(
  plan: Plan,
  record: SessionRecord,
  identity: RunIdentity,
  ended: Date | null,
): ResultDocument {
  const state = { ...record, ended: ended?.toISOString() ?? null, resumed: [] };
  return runDocument(runHead(plan, identity), state);
}
