import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Signals that end a run in order. */
export interface Interrupts {
  /** Fires at the first signal. */
  readonly signal: AbortSignal;
  /** 128 + the signal's number as shells have it (130 for Ctrl-C); null = no signal came. */
  exitCode(): number | null;
  /** Gives the signals their usual effect back. */
  release(): void;
}

/**
 * Listens for SIGINT, SIGTERM and SIGHUP. The first one fires the abort signal; from then on
 * they have their usual effect, so a second Ctrl-C ends the program at once.
 */
export function listenForInterrupts(): Interrupts {
  const controller = new AbortController();
  let received: (typeof SIGNALS)[number] | null = null;
  const listen = (name: (typeof SIGNALS)[number]) => {
    received = name;
    release();
    controller.abort();
  };
  const release = () => {
    for (const name of SIGNALS) process.removeListener(name, listen);
  };
  for (const name of SIGNALS) process.on(name, listen);
  return {
    signal: controller.signal,
    exitCode: () => (received === null ? null : 128 + constants.signals[received]),
    release,
  };
}
