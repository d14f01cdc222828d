import { describe, expect, it } from 'vitest';
import type { Cell } from '../../src/plan/types.js';
import { superviseLauncher } from '../../src/runner/launcher.js';
import { NativeRunner } from '../../src/runner/native.js';
import { nativeFiles } from '../../src/runner/native-files.js';
import { PageMemory } from '../../src/runner/page-memory.js';
import type { PeerCounters, PeerUsage, TrialMeasurement } from '../../src/runner/types.js';
import { COUNTER_NAMES } from '../../src/runner/types.js';
import { trialOutcome } from '../../src/runner/verdict.js';
import { PlayedPage } from '../support/page.js';
import { makeOptions, makeTrial } from '../support/trial.js';

const { executable: EXECUTABLE } = nativeFiles(process.env);

const CYCLES = 0;
const MISSES = 5;
const TASK_CLOCK = 8;

/** A list of all events in which some have a value. */
const events = (values: Readonly<Record<number, number>>) =>
  COUNTER_NAMES.map((_, event) => values[event] ?? 0);

describe('counters of a peer', () => {
  it('are null when they were not asked for', () => {
    const { client } = new PlayedPage().counters('client', { error: -1 }).page.measurement();
    expect(client.counters).toBeNull();
  });

  it('are null one by one where an event is not available', () => {
    const played = new PlayedPage().counters('server', {
      error: 2,
      opened: 1 << TASK_CLOCK,
      values: events({ [TASK_CLOCK]: 5000 }),
      enabled_ns: events({ [TASK_CLOCK]: 5100 }),
      running_ns: events({ [TASK_CLOCK]: 5100 }),
    });
    const { counters } = played.page.measurement().server;
    expect(counters).toMatchObject({ error: 2, enabledNs: 5100, runningNs: 5100 });
    const others = COUNTER_NAMES.filter((name) => name !== 'taskClockNs');
    expect(counters?.values.taskClockNs).toBe(5000);
    for (const name of others) expect(counters?.values[name]).toBeNull();
  });

  it('are scaled where events took turns, and say how far', () => {
    const played = new PlayedPage().counters('client', {
      opened: (1 << CYCLES) | (1 << MISSES),
      values: events({ [CYCLES]: 1000, [MISSES]: 30 }),
      enabled_ns: events({ [CYCLES]: 800, [MISSES]: 800 }),
      running_ns: events({ [CYCLES]: 800, [MISSES]: 200 }),
    });
    const { counters } = played.page.measurement().client;
    expect(counters).toMatchObject({ error: 0, enabledNs: 800, runningNs: 200 });
    expect(counters?.values).toMatchObject({ cyclesUser: 1000, cacheMisses: 120 });
  });

  it('are null for an event that never had its turn', () => {
    const played = new PlayedPage().counters('client', {
      opened: 1 << MISSES,
      enabled_ns: events({ [MISSES]: 800 }),
    });
    const { counters } = played.page.measurement().client;
    expect(counters).toMatchObject({ enabledNs: 800, runningNs: 0, values: { cacheMisses: null } });
  });
});

/** What getrusage and the counters have of the same window: a few events may fall in between. */
function expectAgreement({ counters, ...usage }: PeerUsage) {
  const { taskClockNs, pageFaultsUser, pageFaultsKernel, contextSwitches } =
    counters?.values ?? expect.fail('there are no counters');
  const switches = usage.voluntarySwitches + usage.involuntarySwitches;
  const faults = usage.minorFaults + usage.majorFaults;
  expect(Math.abs((contextSwitches ?? Number.NaN) - switches)).toBeLessThanOrEqual(4);
  expect(Math.abs((pageFaultsUser ?? 0) + (pageFaultsKernel ?? 0) - faults)).toBeLessThanOrEqual(4);
  const cpuNs = usage.userNs + usage.systemNs;
  // getrusage has a thread that runs elsewhere as it was at its last tick.
  expect(Math.abs((taskClockNs ?? Number.NaN) - cpuNs)).toBeLessThan(10e6 + cpuNs / 5);
}

/** One pair that counts, and nothing else. */
async function countingPair(cell: Partial<Cell>): Promise<TrialMeasurement> {
  const memory = await PageMemory.create();
  try {
    const options = makeOptions({ counters: true, durationNs: 100e6 });
    const end = await superviseLauncher(EXECUTABLE, makeTrial(cell), options, memory);
    const outcome = trialOutcome(memory.page, end);
    expect(outcome).toMatchObject({ status: 'ok' });
    return outcome as TrialMeasurement;
  } finally {
    memory.release();
  }
}

const NOT_ALLOWED = 'perf_event_open is not allowed here';
const isAllowed = (counters: PeerCounters | null) => counters?.values.contextSwitches != null;

describe('a pair that counts', () => {
  const cells: readonly (readonly [string, Partial<Cell>])[] = [
    ['one thread', { clientCpu: 0, serverCpu: 0 }],
    ['a stream', { probe: 'unix-stream', pattern: 'stream', sizeBytes: 4096 }],
    ['several threads', { probe: 'doors', options: { threads: '4' } }],
  ];

  it.for(cells)('agrees with getrusage: %s', async ([, cell], { skip }) => {
    const { client, server } = await countingPair(cell);
    skip(!isAllowed(client.counters), NOT_ALLOWED);
    for (const side of [client, server]) expectAgreement(side);
  });

  it('has values for hardware events or a reason', async () => {
    const { counters } = (await countingPair({})).client;
    const hardware = COUNTER_NAMES.slice(0, TASK_CLOCK).map((name) => counters?.values[name]);
    if (counters?.error === 0) for (const value of hardware) expect(value).not.toBeNull();
    else expect(hardware).toContain(null);
  });
});

describe('a trial', () => {
  it('has counters, per operation of its own, when it asks for them', async ({ skip }) => {
    const warm: number[] = [];
    const options = makeOptions({
      counters: true,
      durationNs: 60e6,
      onWarm: async ({ client }) => void warm.push(client),
    });
    const cell = { clientCpu: 0, serverCpu: 0 };
    const outcome = await new NativeRunner().run(makeTrial(cell), options);
    const { client, server } = outcome as TrialMeasurement;
    expect(warm).toEqual([client.pid]);
    for (const { counters, ops } of [client, server]) {
      skip(!isAllowed(counters), NOT_ALLOWED);
      // On one processor each side waits for the other in every round trip.
      const perOp = (counters?.values.contextSwitches ?? Number.NaN) / ops;
      expect(perOp).toBeGreaterThan(0.9);
      expect(perOp).toBeLessThan(1.5);
    }
  });

  it('has none when it does not ask', async () => {
    const outcome = await new NativeRunner().run(makeTrial(), makeOptions());
    expect(outcome).toMatchObject({ client: { counters: null }, server: { counters: null } });
  });
});
