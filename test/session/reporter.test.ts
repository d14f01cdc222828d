import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/types.js';
import { FakeRunner, fakeProbe } from '../../src/runner/fake.js';
import { Reporter } from '../../src/session/reporter.js';
import { carryOut } from '../../src/session/session.js';
import { FAKE_PROBES, makePlan } from '../support/plan.js';

/** What a reporter writes when every trial takes a second. */
async function reportOf(plan: Plan, terminal: { isTTY: boolean; columns?: number }) {
  let text = '';
  let clock = 0;
  const reporter = new Reporter(
    plan,
    {
      ...terminal,
      write: (part) => {
        text += part;
      },
    },
    () => clock,
  );
  const runner = new FakeRunner(FAKE_PROBES, (trial) => {
    clock += 1000;
    return trial.cell.probe === 'tcp' ? { status: 'failed', reason: 'oh', remedy: null } : 1000;
  });
  reporter.start();
  await carryOut(plan, runner, new AbortController().signal, reporter.events());
  reporter.finish();
  return text;
}

describe('Reporter', () => {
  it('writes quiet lines where there is no terminal', async () => {
    const text = await reportOf(makePlan(['pipe'], { trials: '2' }), { isTTY: false });
    expect(text.split('\n')).toEqual([
      '4 trials: 2 cells x 2; about 3 s',
      'round 1 of 2 done after 2 s, about 2 s to go',
      'round 2 of 2 done after 4 s',
      '',
    ]);
  });

  it('does not say each of many short rounds', async () => {
    const text = await reportOf(makePlan(['null'], { trials: '9' }), { isTTY: false });
    expect(text.split('\n').map((line) => /^round \d/.exec(line)?.[0] ?? '')).toEqual([
      ...['', 'round 1', 'round 3', 'round 5', 'round 7', 'round 9', ''],
    ]);
  });

  it('says how many trials there may be', async () => {
    const plan = makePlan(['pipe'], { precision: '1%', 'max-trials': '20' });
    const text = await reportOf(plan, { isTTY: false });
    expect(text).toContain('10 to 25 trials: 2 cells x 5 to 20; about 6 s to 16 s');
    expect(text).toContain('round 5 of at most 20 done after 10 s\n');
  });

  it('rewrites one line on a terminal, within its width, and takes it away', async () => {
    const plan = makePlan(['unix-stream'], { size: '4k', trials: '2' });
    const text = await reportOf(plan, { isTTY: true, columns: 60 });
    expect(text).toContain('unix-stream 4k free block: timed, trial');
    const shown = text.split('\n').at(-1)?.split('\r\u001b[2K') ?? [];
    expect(Math.max(...shown.map((line) => line.length))).toBeLessThan(60);
    expect(text.endsWith('\r\u001b[2K')).toBe(true);
  });

  it('copes with a terminal that does not know its width', async () => {
    const text = await reportOf(makePlan(['pipe']), { isTTY: true, columns: 0 });
    expect(text).toContain('to go\r');
  });

  it('tells at once of a trial that failed', async () => {
    const text = await reportOf(makePlan(['tcp'], { trials: '3' }), { isTTY: false });
    expect(text.match(/tcp 1 free block: failed: oh/g)).toHaveLength(1);
  });

  it('says what sets a cell apart', async () => {
    const native = FAKE_PROBES.map((probe) => ({ ...probe, options: ['ready'] }));
    const plan = makePlan(['pipe'], { pattern: 'stream', size: '4k', ready: 'poll' }, native);
    const text = await reportOf(plan, { isTTY: true, columns: 120 });
    expect(text).toContain('pipe stream 4k free block ready=poll: timed');
    const connecting = makePlan(['tcp'], { pattern: 'connect', trials: '1' });
    expect(await reportOf(connecting, { isTTY: false })).toContain(
      'tcp connect free block: failed',
    );
  });

  it('counts what is not available', async () => {
    const native = [fakeProbe('null'), fakeProbe('pipe', { available: false })];
    const text = await reportOf(makePlan(['pipe'], {}, native), { isTTY: false });
    expect(text).toContain('5 trials: 1 cells x 5, 1 not available here');
  });
});
