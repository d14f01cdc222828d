import type { HostFacts } from '../host/environment.js';
import type { Plan } from '../plan/types.js';
import { type RunHead, runDocument } from '../store/run-document.js';
import type { ResultDocument } from '../store/schema.js';
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
