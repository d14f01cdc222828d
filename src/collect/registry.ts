import { bpftrace } from './bpftrace.js';
import type { TraceFigures } from './bpftrace-output.js';
import { dtrace } from './dtrace.js';
import type { DtraceFigures } from './dtrace-output.js';
import { type CounterFigures, perfCounters } from './perf-counters.js';
import { perfSampling } from './perf-sampling.js';
import { type RusageFigures, rusage } from './rusage.js';
import type { SamplingFigures } from './samples.js';
import { straceCount } from './strace-count.js';
import type { CallFigures } from './system-calls.js';
import { hostTools, type Tools } from './tools.js';
import type { Collector, CollectorName, Side } from './types.js';

/** What each collector finds out. */
export interface FiguresByCollector {
  readonly rusage: Record<Side, RusageFigures>;
  readonly 'perf-counters': Record<Side, CounterFigures>;
  readonly 'perf-sampling': SamplingFigures;
  readonly 'strace-count': CallFigures;
  readonly bpftrace: TraceFigures;
  readonly dtrace: DtraceFigures;
}

export type Collectors = {
  readonly [Name in CollectorName]: Collector<FiguresByCollector[Name]>;
};

/** Every collector, for this machine or for a fake of it. */
export function createCollectors(tools: Tools = hostTools()): Collectors {
  return {
    rusage,
    'perf-counters': perfCounters,
    'perf-sampling': perfSampling(tools),
    'strace-count': straceCount(tools),
    bpftrace: bpftrace(tools),
    dtrace: dtrace(tools),
  };
}
