import { BOOTSTRAP_MIN_TRIALS } from '../stats/bootstrap.js';
import type { CellResult, ResultDocument } from '../store/schema.js';
import { duration, lastPlace, size } from './quantity.js';

/**
 * What a reader must know about the figures above, one note each: only what
 * applies to this document.
 *
 * @param leftOut names of columns for which there was no room
 */
export function tableNotes(document: ResultDocument, leftOut: readonly string[]): string[] {
  const measured = document.results.filter((cell) => cell.status === 'ok');
  const notes: (string | null)[] = [
    document.run.complete ? null : interruptedNote(document),
    ...document.results.map(problemNote),
    leftOutNote(leftOut),
    intervalNote(measured),
    leftOut.includes('p99') ? null : batchNote(measured),
    rateNote(measured, !leftOut.includes('MB/s')),
    usageNote(measured),
    waitNote(measured),
    harnessNote(document),
    runNote(document),
  ];
  return notes.filter((note) => note !== null);
}

function interruptedNote({ run, results }: ResultDocument): string {
  const state = run.ended === null ? 'This run has not ended' : 'This run was interrupted';
  const planned = run.plan === null ? '' : ` of ${run.plan.trials} planned trials each`;
  const short = results.filter((cell) => cell.trials < (cell.trials_planned ?? 0)).length;
  return `${state}: ${short} of ${results.length} rows rest on fewer than all${planned}.`;
}

function problemNote(cell: CellResult): string | null {
  if (cell.status !== 'ok' || cell.reason === null) return null;
  const place = [size(cell.size_bytes), cell.placement, cell.wait].join(', ');
  return `${cell.probe} (${place}): ${cell.reason}.`;
}

function leftOutNote(leftOut: readonly string[]): string | null {
  if (leftOut.length === 0) return null;
  return `Left out for want of width: ${leftOut.join(', ')}. A wider terminal or ipcbench export shows them.`;
}

function intervalNote(measured: readonly CellResult[]): string | null {
  if (measured.every((cell) => cell.per_trial.length === 0)) return null;
  const few = measured.some((cell) => cell.trials > 1 && cell.trials < BOOTSTRAP_MIN_TRIALS);
  const none = measured.some((cell) => cell.rtt_ns?.ci95 === null);
  return [
    'RTT: round-trip time, the median of the trials’ medians; its interval by bootstrap over trials',
    few ? ` (Student’s t on logarithms below ${BOOTSTRAP_MIN_TRIALS} trials)` : '',
    none ? '; n/a: one trial, or no measurable spread' : '',
    '. Percentiles: over the samples of all trials.',
  ].join('');
}

function batchNote(measured: readonly CellResult[]): string | null {
  return measured.some((cell) => (cell.batch ?? 1) > 1)
    ? '* Operations too short for the clock are timed in batches: percentiles of batch means.'
    : null;
}

function rateNote(measured: readonly CellResult[], showsBytes: boolean): string | null {
  if (measured.every((cell) => cell.bytes_per_s === null)) return null;
  const bytes = ' MB/s: 10^6 bytes of payload, both directions together.';
  return `Closed loop: one round trip at a time.${showsBytes ? bytes : ''}`;
}

function usageNote(measured: readonly CellResult[]): string | null {
  if (measured.every((cell) => cell.usage === null)) return null;
  return 'User and system time, switches: client and server together (getrusage over the timed window). The sum of user and system time is exact; most Linux kernels sample the split at the scheduler tick (4 ms at 250 Hz).';
}

const WAITS: Readonly<Record<string, string>> = {
  block: 'asleep in the kernel',
  spin: 'polling',
  adaptive: 'polling for a while, then asleep',
};

function waitNote(measured: readonly CellResult[]): string | null {
  const used = Object.keys(WAITS).filter((wait) => measured.some((cell) => cell.wait === wait));
  if (used.length === 0) return null;
  const words = used.map((wait) => `${wait} = ${WAITS[wait]}${adaptiveSpin(wait, measured)}`);
  return `Waiting: ${words.join('; ')}.`;
}

function adaptiveSpin(wait: string, measured: readonly CellResult[]): string {
  if (wait !== 'adaptive') return '';
  const spins = measured.flatMap((cell) =>
    cell.per_trial.flatMap((trial) => (trial.adaptive_spin_ns ? [trial.adaptive_spin_ns] : [])),
  );
  return spins.length === 0 ? '' : ` (polls for ${rounded(Math.max(...spins))})`;
}

function harnessNote({ run }: ResultDocument): string | null {
  const { null_op_ns: nothing, clock_cost_ns: clock } = run.harness;
  const parts = [
    nothing === null
      ? null
      : `an empty operation takes ${rounded(nothing)} in the same loop (probe null)`,
    clock === null ? null : `a reading of the clock ${rounded(clock)}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : `Harness: ${parts.join(', ')}; not subtracted.`;
}

function runNote({ run }: ResultDocument): string {
  if (run.source !== undefined) return `Source: ${run.source}.`;
  const { plan } = run;
  const parts = [
    `Run ${run.id}`,
    plan === null ? null : `${plan.trials} trials of ${rounded(plan.duration_ns)} per row`,
    plan === null ? null : 'in random order',
    run.seed === null ? null : `seed ${run.seed}`,
  ];
  return `${parts.filter((part) => part !== null).join(', ')}.`;
}

/** Two or three digits of a figure that is known well or set by the plan. */
function rounded(ns: number): string {
  const place = lastPlace(ns, ns / 1e6, 3);
  return duration(ns, place)
    .replace(/(\.\d*?)0+ /, '$1 ')
    .replace('. ', ' ');
}
