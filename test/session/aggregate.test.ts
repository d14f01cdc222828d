import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_PARAMETERS, PATTERNS } from '../../src/plan/parameters.js';
import type { Cell } from '../../src/plan/types.js';
import type { TrialMeasurement } from '../../src/runner/types.js';
import { aggregateCell } from '../../src/session/aggregate.js';
import { createRandom } from '../../src/stats/random.js';
import { operationTimes, timesField } from '../../src/store/operation.js';
import { cellResultSchema } from '../../src/store/schema.js';
import {
  cell,
  granted,
  measurement,
  problem,
  serviceTimes,
  skewedSamples,
  usage,
} from '../fixtures/measurements.js';

const context = { trials: 5, seed: 42 };
/** Five trials whose medians are 100, 101, ... 104 ns. */
const five = [102, 100, 104, 101, 103].map((median) =>
  measurement([median - 5, median, median + 9]),
);

describe('a cell with figures', () => {
  const result = aggregateCell(cell({ options: { nodelay: '1' } }), five, context);

  test('says which cell it is', () => {
    expect(result).toMatchObject({
      probe: 'pipe',
      pattern: 'echo',
      size_bytes: 1,
      placement: 'two-cores',
      wait: 'block',
      clients: 1,
      options: { nodelay: '1' },
      trials: 5,
      trials_planned: 5,
      status: 'ok',
      reason: null,
      remedy: null,
    });
  });

  test('has the median of the trials’ medians and an interval over trials', () => {
    expect(result.rtt_ns?.median).toBe(102);
    expect(result.rtt_ns?.ci95).toEqual([100, 104]);
  });

  test('has exact extremes and mean, and quantiles of all samples within a bucket', () => {
    const samples = five.flatMap((trial) => [...trial.samplesNs]).sort((a, b) => a - b);
    expect(result.rtt_ns?.min).toBe(95);
    expect(result.rtt_ns?.max).toBe(113);
    expect(result.rtt_ns?.mean).toBeCloseTo(samples.reduce((a, b) => a + b, 0) / 15, 9);
    expect(result.rtt_ns?.p50).toBeCloseTo(samples[7] as number, 0);
    expect(result.rtt_ns?.p999).toBeLessThanOrEqual(113);
  });

  test('has rates of all trials together', () => {
    const seconds = five.reduce((sum, trial) => sum + trial.windowNs, 0) / 1e9;
    expect(result.ops_per_s).toBeCloseTo(15 / seconds, 3);
    // One byte there, one byte back.
    expect(result.bytes_per_s).toBeCloseTo(30 / seconds, 3);
  });

  test('has each peer’s use over all windows, in microseconds', () => {
    const total = five.reduce((sum, trial) => sum + trial.client.userNs, 0);
    expect(result.usage?.client.user_us).toBeCloseTo(total / 1000, 9);
    expect(result.usage?.client.ops).toBe(15);
    expect(result.usage?.server.voluntary_switches).toBe(15);
  });

  test('has a record per trial that leads back to its figures', () => {
    const [first] = result.per_trial;
    expect(first).toMatchObject({
      repetition: 0,
      order: null,
      status: 'ok',
      median_ns: 102,
      ops: 3,
      samples: { kept: 3, stride: 1, total: 3 },
    });
    expect(first?.histogram?.counts.reduce((a, b) => a + b, 0)).toBe(3);
    expect(first?.usage?.client.cpu_first).toBe(0);
  });
});

describe('patterns', () => {
  const of = (pattern: Cell['pattern'], given: Partial<TrialMeasurement> = {}) =>
    aggregateCell(
      cell({ pattern, sizeBytes: 100 }),
      [measurement([10, 20, 30], { requestBytes: 100, replyBytes: 100, ...given })],
      context,
    );

  test.each(PATTERNS)('%s: its times have the name of what was timed, and no other', (pattern) => {
    const result = of(pattern);
    expect(operationTimes(result)?.median).toBe(20);
    const fields = ['rtt_ns', 'message_ns', 'connect_ns', 'response_ns'] as const;
    const filled = fields.filter((field) => result[field] !== null);
    expect(filled).toEqual([timesField(pattern)]);
  });

  test('stream counts the payload of its one way', () => {
    const result = of('stream', { ops: 1000, windowNs: 1e6, replyBytes: 0, streamWindow: 16 });
    expect(result.bytes_per_s).toBeCloseTo(1e8, 3);
    expect(result.ops_per_s).toBeCloseTo(1e6, 6);
    expect(result.stream_window).toBe(16);
    // Even if a reply were told: it is no payload of the stream.
    const told = of('stream', { ops: 1000, windowNs: 1e6 });
    expect(told.bytes_per_s).toBeCloseTo(1e8, 3);
  });

  test('requests and replies of other sizes are both payload', () => {
    const sizes = { requestBytes: 64, replyBytes: 4096 };
    const result = of('rpc', { ops: 1000, windowNs: 1e6, ...sizes });
    expect(result.bytes_per_s).toBeCloseTo(4160 * 1e6, 3);
    expect(result.stream_window).toBeNull();
  });

  test('connect, and whatever has nothing to verify, moves no payload', () => {
    expect(of('connect').bytes_per_s).toBeNull();
    expect(of('connect').ops_per_s).toBeGreaterThan(0);
    expect(of('echo', { verifiedOps: 0 }).bytes_per_s).toBeNull();
  });

  test('load has service times beside response times, and what it did not send', () => {
    const services = [serviceTimes([8, 9, 10], 2), serviceTimes([10, 11, 12], 3)];
    const trials = services.map((service) => measurement([100, 200, 300], { service }));
    const result = aggregateCell(cell({ pattern: 'load' }), trials, context);
    expect(result.response_ns?.median).toBe(200);
    // From histograms: within a bucket.
    expect(result.service_time_ns?.median).toBeCloseTo(10, 1);
    expect(result.service_time_ns).toMatchObject({ min: 8, max: 12 });
    expect(result.service_time_ns?.mean).toBeCloseTo(10, 9);
    expect(result.unsent_ops).toBe(5);
    expect(result.per_trial[0]).toMatchObject({
      median_ns: 200,
      unsent_ops: 2,
      service_time: { min_ns: 8, max_ns: 10 },
    });
    expect(of('echo')).toMatchObject({ service_time_ns: null, unsent_ops: null });
  });

  test('what was asked of the pattern is kept', () => {
    const asked = { replyBytes: 4096, serviceNs: 10_000, rate: 500, arrivals: 'even' as const };
    const parameters = { ...NO_PARAMETERS, ...asked, window: 4, backlog: 8 };
    const result = aggregateCell(cell({ parameters, clientCpu: null }), five, context);
    expect(result.parameters).toEqual({
      ...{ reply_bytes: 4096, service_ns: 10_000, rate_per_s: 500, arrivals: 'even' },
      ...{ window: 4, backlog: 8 },
    });
    expect(result).toMatchObject({ client_cpu: null, server_cpu: 1 });
  });
});

describe('granted options', () => {
  const trial = (sndbufBytes: number) =>
    measurement([10], {
      granted: { client: granted({ sndbufBytes, rcvlowatBytes: 1 }), server: granted() },
    });

  test('are those that all trials were granted', () => {
    const result = aggregateCell(cell(), [trial(4608), trial(4608)], context);
    expect(result.granted?.client).toMatchObject({ sndbuf_bytes: 4608, rcvbuf_bytes: null });
    expect(result.granted?.server.sndbuf_bytes).toBeNull();
  });

  test('where trials differ, the trials tell', () => {
    const result = aggregateCell(cell(), [trial(4608), trial(9216)], context);
    expect(result.granted?.client).toMatchObject({ sndbuf_bytes: null, rcvlowat_bytes: 1 });
    expect(result.per_trial.map((it) => it.granted?.client.sndbuf_bytes)).toEqual([4608, 9216]);
  });

  test('are null for what has none', () => {
    const result = aggregateCell(cell(), five, context);
    expect(result.granted).toBeNull();
    expect(result.per_trial[0]?.granted).toBeNull();
  });
});

test('rates are averaged harmonically: a slow trial counts for its time', () => {
  const fast = measurement([10], { ops: 1000, windowNs: 1e6 });
  const slow = measurement([10], { ops: 1000, windowNs: 9e6 });
  expect(aggregateCell(cell(), [fast, slow], context).ops_per_s).toBeCloseTo(200_000, 6);
});

test('the mean weighs trials by their samples', () => {
  const short = measurement([100]);
  const long = measurement([200, 200, 200]);
  expect(aggregateCell(cell(), [short, long], context).rtt_ns?.mean).toBeCloseTo(175, 9);
});

test('outliers are counted, and stay in the figures', () => {
  const result = aggregateCell(cell(), [measurement([10, 10, 11, 11, 12, 12, 900])], context);
  expect(result.outliers).toMatchObject({ of: 7, high_severe: 1 });
  expect(result.rtt_ns?.max).toBe(900);
});

test('five trials that agree have an interval of the sample’s resolution, not of zero', () => {
  const same = Array.from({ length: 5 }, () => measurement([2, 2, 2], { batch: 4 }));
  expect(aggregateCell(cell(), same, context).rtt_ns?.ci95).toEqual([1.875, 2.125]);
});

test('one trial has no interval', () => {
  expect(aggregateCell(cell(), five.slice(0, 1), context).rtt_ns).toMatchObject({
    median: 102,
    ci95: null,
  });
});

test('the order of trials in the run is kept when it is known', () => {
  const result = aggregateCell(cell(), five, { ...context, orders: [4, 0, 11, 12, 20] });
  expect(result.per_trial.map((trial) => trial.order)).toEqual([4, 0, 11, 12, 20]);
});

describe('a cell without figures, or with fewer', () => {
  const noTimes = { rtt_ns: null, message_ns: null, connect_ns: null, response_ns: null };
  const noRates = { ops_per_s: null, bytes_per_s: null, usage: null, trials: 0 };
  const noFigures = { ...noTimes, ...noRates, granted: null, unsent_ops: null };

  test('that planning ruled out', () => {
    const unavailable = { reason: 'this machine has one processor', remedy: null };
    const result = aggregateCell(cell({ unavailable }), [], context);
    expect(result).toMatchObject({
      status: 'unavailable',
      ...unavailable,
      per_trial: [],
      ...noFigures,
    });
  });

  test('that a trial found unavailable', () => {
    const outcome = problem('unavailable', 'too large', 'raise msgmax');
    expect(aggregateCell(cell(), [outcome], context)).toMatchObject({
      status: 'unavailable',
      reason: 'too large',
      remedy: 'raise msgmax',
      ...noFigures,
    });
  });

  test('whose trials all failed: the failure is what is told', () => {
    const outcomes = [problem('stopped', 'stopped'), problem('failed', 'write failed: EPIPE')];
    expect(aggregateCell(cell(), outcomes, context)).toMatchObject({
      status: 'failed',
      reason: 'write failed: EPIPE',
      ...noFigures,
    });
  });

  test('some of whose trials failed: the figures stay, and the row says so', () => {
    const outcomes = [...five.slice(0, 3), problem('failed', 'took longer than 10 s')];
    const result = aggregateCell(cell(), outcomes, context);
    expect(result).toMatchObject({ status: 'ok', trials: 3, trials_planned: 5 });
    expect(result.reason).toBe('1 of 4 trials without figures: took longer than 10 s');
    expect(result.per_trial[3]).toMatchObject({ status: 'failed', median_ns: null, usage: null });
  });

  test('that never came up', () => {
    expect(aggregateCell(cell(), [], context)).toMatchObject({ status: 'failed', ...noFigures });
  });
});

describe('several threads of the client', () => {
  // Four threads, each with round trips of 1 µs one after the other: four in every microsecond.
  const threaded = cell({ probe: 'doors', options: { threads: '4' } });
  const trial = measurement(
    Array.from({ length: 400 }, () => 1000),
    { windowNs: 100_000 },
  );
  const result = aggregateCell(threaded, [trial, trial], context);

  test('have the rate of all together, and the time of a single round trip', () => {
    expect(result.clients).toBe(4);
    expect(result.ops_per_s).toBeCloseTo(4e6, 3);
    expect(result.bytes_per_s).toBeCloseTo(8e6, 3);
    expect(result.rtt_ns).toMatchObject({ median: 1000, mean: 1000 });
  });
});

test('any outcomes give a cell that the schema accepts, with quantiles in order', () => {
  const trial = fc
    .record({
      median: fc.double({ min: 0.01, max: 1e9, noNaN: true }),
      seed: fc.nat(),
      batch: fc.constantFrom(1, 7, 4096),
    })
    .map(({ median, seed, batch }) =>
      measurement(skewedSamples(createRandom(seed), median, 30), { batch }),
    );
  const failed = fc.string().map((reason) => problem('failed', reason));
  const outcomeLists = fc.array(fc.oneof(trial, trial, failed), { maxLength: 7 });
  fc.assert(
    fc.property(outcomeLists, fc.constantFrom(...PATTERNS), (outcomes, pattern) => {
      const result = aggregateCell(cell({ pattern }), outcomes, context);
      expect(cellResultSchema.safeParse(result).error).toBeUndefined();
      expect(result.per_trial).toHaveLength(outcomes.length);
      expect(aggregateCell(cell({ pattern }), outcomes, context)).toEqual(result);
      const times = operationTimes(result);
      if (times === null) return;
      const { min, p50, p90, p99, p999, max } = times;
      const rising = [min, p50, p90, p99, p999, max] as number[];
      expect(rising).toEqual([...rising].sort((a, b) => a - b));
    }),
    { numRuns: 40 },
  );
});

test('a peer that counted no operations is kept as it is', () => {
  const idle = measurement([100], { server: usage(0, 0) });
  expect(aggregateCell(cell(), [idle], context).usage?.server.ops).toBe(0);
});
