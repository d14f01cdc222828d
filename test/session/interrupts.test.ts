import { describe, expect, it } from 'vitest';
import { listenForInterrupts } from '../../src/session/interrupts.js';

const listeners = () => process.listenerCount('SIGTERM');
const arrival = (signal: AbortSignal) =>
  new Promise((resolve) => signal.addEventListener('abort', resolve));

describe('listenForInterrupts', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('turns %s into exit code %i and lets go of the signals', async (name, code) => {
    const before = listeners();
    const interrupts = listenForInterrupts();
    expect(interrupts.exitCode()).toBeNull();
    const arrived = arrival(interrupts.signal);
    process.kill(process.pid, name);
    await arrived;
    expect(interrupts.exitCode()).toBe(code);
    expect(listeners()).toBe(before);
  });

  it('can be released unused', () => {
    const before = listeners();
    listenForInterrupts().release();
    expect(listeners()).toBe(before);
  });
});
