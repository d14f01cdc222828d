import { describe, expect, it } from 'vitest';
import { summarizePlan } from '../../src/plan/summary.js';
import { renderPlan } from '../../src/render/plan.js';
import { fakeProbe } from '../../src/runner/fake.js';
import { makePlan } from '../support/plan.js';

const render = (...input: Parameters<typeof makePlan>) =>
  renderPlan(summarizePlan(makePlan(...input)));

describe('renderPlan', () => {
  it('puts cells that differ in size only into one row', () => {
    const text = render(['pipe', 'tcp'], { size: '1,4k', trials: '3' });
    expect(text).toMatch(/^pipe +echo +1, 4k +free +block +2$/m);
    expect(text).toMatch(/^tcp +echo +1, 4k +free +block +2$/m);
    expect(text).toContain('4 cells; 15 trials, 3 per cell');
    expect(text).not.toContain('parameters');
  });

  it('tells many sizes by their ends and their number', () => {
    expect(render(['pipe'], { size: '1..1m' })).toMatch(/1 \.\. 1m \(21\)/);
  });

  it('shows parameters and options', () => {
    const native = [fakeProbe('tcp', { options: ['calls'] })];
    const input = { pattern: 'load,connect', rate: '10k', calls: 'send-recv' };
    const text = render(['tcp'], input, native);
    expect(text).toMatch(/^tcp +load +1 +10k\/s, even, calls=send-recv +free/m);
    expect(text).toMatch(/^tcp +connect +– +calls=send-recv +free/m);
  });

  it('calls the work in the server as the tables do', () => {
    const text = render(['tcp'], { pattern: 'rpc', 'service-time': '10us' });
    expect(text).toMatch(/^tcp +rpc +1 +server work 10us +free/m);
  });

  it('says what is not available', () => {
    const text = render(['pipe'], {}, [fakeProbe('pipe', { available: false, reason: 'no' })]);
    expect(text).toMatch(/^pipe .* not available: no$/m);
    expect(text).toContain('1 cells, 1 of them not available here; 0 trials');
  });

  it('says how many trials a target precision may take', () => {
    const text = render(['pipe'], { precision: '1%', 'max-trials': '20', 'max-time': '1h' });
    expect(text).toContain(
      '1 cells; 10 to 25 trials, 5 to 20 per cell and 5 of the harness alone.',
    );
    expect(text).toContain(
      'per cell and 5 of the harness alone.\nA cell has enough when the interval of its median is within 1 %.',
    );
    expect(text).toContain('After 1 h 00 min of measuring no cell that has a trial gets another.');
    expect(text).toMatch(/about \d+ s to \d+ s in all/);
  });

  it('says how long it takes', () => {
    expect(render(['pipe'], { size: '1..1m', trials: '100' })).toMatch(
      /about 2\d min \d\d s in all/,
    );
  });
});
