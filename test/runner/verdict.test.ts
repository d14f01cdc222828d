import { describe, expect, it } from 'vitest';
import { describeErrno, type LauncherEnd, trialOutcome } from '../../src/runner/verdict.js';
import { PlayedPage, STATUS, WRITER } from '../support/page.js';

const wellEnded: LauncherEnd = {
  code: 0,
  signal: null,
  stderr: '',
  stopRequested: false,
  warmProblem: null,
  overdue: false,
};

const verdict = (played: PlayedPage, end: Partial<LauncherEnd> = {}) =>
  trialOutcome(played.page, { ...wellEnded, ...end });

const launcherSays = (status: number) => new PlayedPage().report('launcher', { status });

describe('trialOutcome', () => {
  it('has the figures of a good trial', () => {
    expect(verdict(launcherSays(STATUS.ok).set({ ops: 5 }))).toMatchObject({
      status: 'ok',
      ops: 5,
    });
  });

  it('keeps the figures of a trial that ended before it could be stopped', () => {
    expect(verdict(launcherSays(STATUS.ok), { stopRequested: true }).status).toBe('ok');
  });

  it('says what went wrong in the warm-up, unless a peer died of it', () => {
    const end = { warmProblem: 'perf did not attach' };
    expect(verdict(launcherSays(STATUS.stopped), end)).toEqual({
      status: 'failed',
      reason: 'perf did not attach',
      remedy: null,
    });
    expect(verdict(new PlayedPage(), { ...end, signal: 'SIGKILL' })).toMatchObject({
      reason: 'perf did not attach',
    });
    expect(verdict(launcherSays(STATUS.peerDied), end)).toMatchObject({
      reason: expect.stringContaining('a peer was killed'),
    });
    expect(verdict(launcherSays(STATUS.stopped), { ...end, stopRequested: true })).toMatchObject({
      status: 'stopped',
    });
  });

  it('says stopped however a stopped trial ended', () => {
    const ends: Partial<LauncherEnd>[] = [
      { code: 0 },
      { code: null, signal: 'SIGKILL' },
      { code: 1 },
    ];
    for (const end of ends) {
      const outcome = verdict(launcherSays(STATUS.stopped), { ...end, stopRequested: true });
      expect(outcome.status).toBe('stopped');
    }
  });

  it('names the expression, the errno and the place of a failure, and who it was', () => {
    const page = launcherSays(STATUS.failed).set({ blame: WRITER.server }).report('server', {
      status: STATUS.failed,
      writer: WRITER.server,
      error: 98,
      line: 42,
      file: 'probes/tcp.c',
      expression: 'bind(fd, ...)',
      reason: 'no port is free',
      remedy: 'wait a minute',
    });
    expect(verdict(page)).toEqual({
      status: 'failed',
      reason:
        'server: bind(fd, ...) failed: EADDRINUSE (address already in use) at probes/tcp.c:42: no port is free',
      remedy: 'wait a minute',
    });
  });

  it('has reason and remedy of what is not available', () => {
    const page = launcherSays(STATUS.unavailable).set({ blame: WRITER.client }).report('client', {
      status: STATUS.unavailable,
      writer: WRITER.client,
      reason: 'no queue is left',
      remedy: 'sysctl kernel.msgmni',
    });
    expect(verdict(page)).toEqual({
      status: 'unavailable',
      reason: 'no queue is left',
      remedy: 'sysctl kernel.msgmni',
    });
  });

  it('falls back to the launcher when the blamed one wrote nothing', () => {
    const page = new PlayedPage().set({ blame: WRITER.client }).report('launcher', {
      status: STATUS.peerDied,
      writer: WRITER.launcher,
      reason: 'client was killed by signal 9',
    });
    expect(verdict(page)).toMatchObject({
      status: 'failed',
      reason: 'launcher: client was killed by signal 9',
    });
  });

  it.each([
    [STATUS.timeout, 'the trial took longer than its time limit'],
    [STATUS.peerDied, 'a peer was killed'],
    [STATUS.stopped, 'the trial was stopped by somebody else'],
    [STATUS.running, 'the launcher left no reason (status running)'],
  ])('has words for status %i without a report', (status, reason) => {
    expect(verdict(launcherSays(status))).toMatchObject({ status: 'failed', reason });
  });

  it('says how a launcher ended that did not end well, with what it printed', () => {
    const page = launcherSays(STATUS.ok);
    expect(verdict(page, { code: 64, stderr: 'usage: ...\n' })).toMatchObject({
      status: 'failed',
      reason: 'the launcher ended with exit code 64; it printed: usage: ...',
    });
    expect(verdict(page, { code: null, signal: 'SIGSEGV' })).toMatchObject({
      reason: 'the launcher was killed by SIGSEGV',
    });
    expect(verdict(page, { code: null, signal: 'SIGKILL', overdue: true })).toMatchObject({
      reason: 'the launcher did not end at its time limit and was ended',
    });
  });
});

describe('describeErrno', () => {
  it('has names and texts', () => {
    expect(describeErrno(98)).toBe('EADDRINUSE (address already in use)');
    expect(describeErrno(43)).toBe('EIDRM');
    expect(describeErrno(9999)).toBe('errno 9999');
  });
});
