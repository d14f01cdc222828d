import type { CountersRecord, TrialRecord } from './schema.js';

/** Events of the peers' performance counters, as they are stored. */
export const COUNTER_FIELDS = [
  'cycles_user',
  'cycles_kernel',
  'instructions_user',
  'instructions_kernel',
  'cache_references',
  'cache_misses',
  'dtlb_load_misses',
  'branch_misses',
  'task_clock_ns',
  'page_faults_user',
  'page_faults_kernel',
  'context_switches',
] as const satisfies readonly (keyof CountersRecord)[];

export type CounterField = (typeof COUNTER_FIELDS)[number];

/** Counters of both peers. */
export type BothCounters = NonNullable<TrialRecord['counters']>;

/** Sums over trials; null unless all have counted. */
export function sumCounters(trials: readonly Pick<TrialRecord, 'counters'>[]): BothCounters | null {
  const all = trials.flatMap(({ counters }) => (counters === null ? [] : [counters]));
  if (all.length === 0 || all.length < trials.length) return null;
  return {
    client: sumOfPeer(all.map(({ client }) => client)),
    server: sumOfPeer(all.map(({ server }) => server)),
  };
}

function sumOfPeer(counters: readonly CountersRecord[]): CountersRecord {
  const total = (field: 'enabled_ns' | 'running_ns') =>
    counters.reduce((sum, one) => sum + one[field], 0);
  const values = COUNTER_FIELDS.map((field) => [field, sumOrNull(counters, field)] as const);
  return {
    error: counters.find(({ error }) => error !== 0)?.error ?? 0,
    enabled_ns: total('enabled_ns'),
    running_ns: total('running_ns'),
    ...(Object.fromEntries(values) as Record<CounterField, number | null>),
  };
}

/** Of what one trial lacks there is no sum. */
function sumOrNull(counters: readonly CountersRecord[], field: CounterField): number | null {
  return counters.reduce<number | null>((sum, one) => {
    const value = one[field];
    return sum === null || value === null ? null : sum + value;
  }, 0);
}
