import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import type { PageReport, PageStatus, PageView } from './page.js';
import type { TrialOutcome, TrialProblem } from './types.js';

/** How the launcher ended. */
export interface LauncherEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** The trial was asked to stop. */
  readonly stopRequested: boolean;
  /** Why what was to happen in the warm-up did not; null = it did, or there was nothing. */
  readonly warmProblem: string | null;
  /** The launcher outlived its own time limit and was ended from here. */
  readonly overdue: boolean;
}

const STDERR_SHOWN = 600;

/** What a trial came to, from its results page and the way its launcher ended. */
export function trialOutcome(page: PageView, end: LauncherEnd): TrialOutcome {
  const final = end.code === 0 && end.signal === null;
  const status = page.status();
  if (final && status === 'ok') return page.measurement();
  if (end.stopRequested) return problem('stopped', 'the run was interrupted');
  if (end.warmProblem !== null && (!final || status === 'stopped'))
    return problem('failed', end.warmProblem);
  if (!final) return problem('failed', withStderr(howLauncherEnded(end), end));
  const report = page.report(blamed(page));
  if (status === 'unavailable') {
    const reason = report.reason || describeReport(report) || 'the probe gave no reason';
    return problem('unavailable', reason, report.remedy || null);
  }
  const reason = describeReport(report) || fallbackReason(status);
  return problem('failed', withStderr(reason, end), report.remedy || null);
}

/**
 * A report as one line: `server: bind(fd, ...) failed: EADDRINUSE (address already in use) at
 * probes/tcp.c:42: reason`; empty when it says nothing.
 */
export function describeReport(report: PageReport): string {
  const parts = [];
  if (report.expression) {
    const place = report.file ? ` at ${report.file}:${report.line}` : '';
    const error = report.error === 0 ? '' : `: ${describeErrno(report.error)}`;
    parts.push(`${report.expression} failed${error}${place}`);
  } else if (report.reason && report.error !== 0) {
    parts.push(describeErrno(report.error));
  }
  if (report.reason) parts.push(report.reason);
  if (parts.length === 0) return '';
  return `${report.writer === 'none' ? 'trial' : report.writer}: ${parts.join(': ')}`;
}

/** An errno with its name and, where known, its text: `EADDRINUSE (address already in use)`. */
export function describeErrno(errno: number): string {
  const name = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0];
  const text = getSystemErrorMap().get(-errno)?.[1];
  return (name ?? `errno ${errno}`) + (text ? ` (${text})` : '');
}

function blamed(page: PageView): 'launcher' | 'server' | 'client' {
  const blame = page.blame();
  if (blame === 'none') return 'launcher';
  return page.report(blame).status === 'running' ? 'launcher' : blame;
}

function howLauncherEnded({ code, signal, overdue }: LauncherEnd): string {
  if (overdue) return 'the launcher did not end at its time limit and was ended';
  if (signal !== null) return `the launcher was killed by ${signal}`;
  return `the launcher ended with exit code ${code}`;
}

function fallbackReason(status: PageStatus): string {
  if (status === 'timeout') return 'the trial took longer than its time limit';
  if (status === 'peer-died') return 'a peer was killed';
  if (status === 'stopped') return 'the trial was stopped by somebody else';
  return `the launcher left no reason (status ${status})`;
}

function withStderr(reason: string, { stderr }: LauncherEnd): string {
  const text = stderr.trim();
  return text === '' ? reason : `${reason}; it printed: ${text.slice(-STDERR_SHOWN)}`;
}

function problem(
  status: TrialProblem['status'],
  reason: string,
  remedy: string | null = null,
): TrialProblem {
  return { status, reason, remedy };
}
