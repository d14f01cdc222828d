import { NO_PARAMETERS } from '../../src/plan/parameters.js';
import type { Cell, Trial } from '../../src/plan/types.js';
import type { TrialOptions } from '../../src/runner/types.js';

/** A trial of a cell that is `pipe` with 1 byte unless told otherwise. */
export function makeTrial(changes: Partial<Cell> = {}, repetition = 0): Trial {
  const cell: Cell = {
    index: 0,
    probe: 'pipe',
    pattern: 'echo',
    sizeBytes: 1,
    placement: 'free',
    clientCpu: null,
    serverCpu: null,
    wait: 'block',
    parameters: NO_PARAMETERS,
    options: {},
    unavailable: null,
    ...changes,
  };
  return { cell, repetition, environmentBytes: 0 };
}

/** Short trials. */
export function makeOptions(changes: Partial<TrialOptions> = {}): TrialOptions {
  return { durationNs: 20e6, warmupNs: 2e6, timeLimitNs: 10e9, ...changes };
}
