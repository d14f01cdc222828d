import type { Cell, Trial } from '../plan/types.js';
import type { ProbeDescriptor } from '../probes/types.js';
import { preloadValue } from './fast-sockets-library.js';
import { type ProcessStats, total } from './fast-sockets-stats.js';
import type { FastSocketsUse, NativeProbe, TrialMeasurement, TrialOutcome } from './types.js';

/** The option of a probe whose transport its name doesn't say. */
const TRANSPORT_OPTION = 'transport';

/** Transports that wake, or carry, by door calls. */
const NEEDS_DOORS = /doors/;

type Problem = { readonly reason: string; readonly remedy: string | null };

/**
 * The probes that are another one's peers with Fast Sockets preloaded: what they offer is what
 * that one offers.
 *
 * @param native the compiled probes
 * @param problem why the library can't be preloaded; null = it can
 */
export function preloadedProbes(
  native: readonly NativeProbe[],
  descriptors: readonly ProbeDescriptor[],
  problem: Problem | null,
): NativeProbe[] {
  return descriptors.flatMap(({ name, preload }) => {
    const carried = native.find((probe) => probe.name === preload?.probe);
    if (preload === undefined || carried === undefined) return [];
    const options =
      preload.transport === null ? [...carried.options, TRANSPORT_OPTION] : carried.options;
    const lacking =
      (carried.available ? null : carried) ?? problem ?? doorsLacking(preload.transport, native);
    if (lacking === null) return [{ ...carried, name, options }];
    const { reason, remedy } = lacking;
    return [{ ...carried, name, options, available: false, reason, remedy }];
  });
}

function doorsLacking(transport: string | null, native: readonly NativeProbe[]): Problem | null {
  if (transport === null || !NEEDS_DOORS.test(transport)) return null;
  const doors = native.find(({ name }) => name === 'doors');
  if (doors === undefined || doors.available) return null;
  return { reason: `doors: ${doors.reason ?? 'not available'}`, remedy: doors.remedy };
}

/** A trial as the native part knows it: of the probe whose peers are used. */
export function carriedTrial(trial: Trial, preload: Preload): Trial {
  const { [TRANSPORT_OPTION]: _, ...options } = trial.cell.options;
  return { ...trial, cell: { ...trial.cell, probe: preload.probe, options } };
}

type Preload = NonNullable<ProbeDescriptor['preload']>;

/**
 * What the peers of a preloaded probe have in their environment beyond the launcher's, as
 * `NAME=VALUE`.
 *
 * @param stats the file that the library appends to
 */
export function peerEnvironment(
  cell: Pick<Cell, 'options'>,
  preload: Preload,
  { library, stats, env }: { library: string; stats: string; env: NodeJS.ProcessEnv },
): string[] {
  const transport = preload.transport ?? cell.options[TRANSPORT_OPTION];
  return [
    `LD_PRELOAD=${preloadValue(library, env.LD_PRELOAD)}`,
    `FASTSOCK_STATS=${stats}`,
    ...(transport === undefined ? [] : [`FASTSOCK_TRANSPORT=${transport}`]),
  ];
}

/**
 * A trial's outcome with what the library says of it: its figures stand only when everything in
 * the timed window went through the library.
 *
 * A connection begins with the kernel, goes over to the ring once, and returns only by a retreat;
 * so when no connection retreated and the rings have carried no less than the window moved, the
 * window, which comes last, was theirs. Pattern connect moves nothing: there the library took part
 * in making every connection, and refused none.
 */
export function provenOutcome(
  outcome: TrialOutcome,
  { cell }: Trial,
  processes: readonly ProcessStats[],
): TrialOutcome {
  if (outcome.status !== 'ok') return outcome;
  const [server, client] = [...processes].sort((a, b) => a.pid - b.pid);
  if (server === undefined || client === undefined || processes.length > 2) {
    return notAccelerated(
      `${processes.length} of the 2 peers have told what the library did in them`,
    );
  }
  const doubt = doubtOf(outcome, cell, { client, server });
  if (doubt !== null) return notAccelerated(doubt);
  return { ...outcome, fastSockets: { client: useOf(client), server: useOf(server) } };
}

function notAccelerated(reason: string): TrialOutcome {
  const text = `the connection was not carried by Fast Sockets in the timed window: ${reason}`;
  return { status: 'failed', reason: text, remedy: null };
}

/** Why the library passed a connection through that ended before it was worth its while. */
const TOO_SHORT = 'too short';

type Sides<T> = { readonly client: T; readonly server: T };

/** What speaks against the figures; null = nothing. */
function doubtOf(
  outcome: TrialMeasurement,
  { pattern }: Pick<Cell, 'pattern'>,
  stats: Sides<ProcessStats>,
): string | null {
  for (const side of ['client', 'server'] as const) {
    const { accelerated, passed, retreated, bytes } = stats[side];
    const { bytesSent, bytesReceived } = outcome[side];
    if (pattern === 'connect' ? isRefused(passed) : accelerated === 0) {
      return `the ${side} has ${accelerated} accelerated connections${reasonsText('passed through', passed)}`;
    }
    if (total(retreated) > 0) return `the ${side}'s went back${reasonsText('', retreated)}`;
    if (bytes.ring_sent < bytesSent || bytes.ring_received < bytesReceived) {
      return `the ${side} sent ${bytesSent} and received ${bytesReceived} bytes, through rings only ${bytes.ring_sent} and ${bytes.ring_received}`;
    }
  }
  return null;
}

/** A connection that moves nothing never gets as far as being carried: that is no refusal. */
function isRefused(passed: ProcessStats['passed']): boolean {
  const { [TOO_SHORT]: _, ...others } = passed;
  return total(others) > 0;
}

function reasonsText(what: string, reasons: Readonly<Record<string, number>>): string {
  const words = Object.entries(reasons).map(([reason, times]) => `${reason} (${times})`);
  if (words.length === 0) return '';
  return `: ${what === '' ? '' : `${what}: `}${words.join(', ')}`;
}

function useOf({ accelerated, bytes, wakeups_sent }: ProcessStats): FastSocketsUse {
  return {
    accelerated,
    ringSentBytes: bytes.ring_sent,
    ringReceivedBytes: bytes.ring_received,
    kernelSentBytes: bytes.kernel_sent,
    kernelReceivedBytes: bytes.kernel_received,
    wakeupsSent: wakeups_sent,
  };
}
