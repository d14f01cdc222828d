import { probeDescriptors } from '../generated/probe-index.js';
import { interleave } from '../plan/build.js';
import { clientsOf } from '../plan/cells.js';
import type {
  Cell,
  Pattern,
  PatternParameters,
  Placement,
  Plan,
  WaitPolicy,
} from '../plan/types.js';
import type { CellHead } from '../store/cell-figures.js';
import type { RunHead } from '../store/run-document.js';
import type { CellResult, ParametersRecord } from '../store/schema.js';
import { stoppingRules } from '../store/stopping-groups.js';

/** A cell as a result has it. */
export function cellHead(cell: Cell): CellHead {
  return {
    probe: cell.probe,
    pattern: cell.pattern,
    parameters: parametersRecord(cell.parameters),
    size_bytes: cell.sizeBytes,
    placement: cell.placement,
    client_cpu: cell.clientCpu,
    server_cpu: cell.serverCpu,
    wait: cell.wait,
    clients: clientsOf(cell),
    options: { ...cell.options },
    unavailable: cell.unavailable,
    copies: probeDescriptors.find(({ name }) => name === cell.probe)?.copies ?? null,
  };
}

/** The plan as a result and a journal have it. */
export function planHead(plan: Plan): Pick<RunHead, 'cells' | 'harness'> & {
  readonly plan: RunHead['run']['plan'];
} {
  return {
    cells: plan.cells.map(cellHead),
    harness: plan.harness,
    plan: {
      duration_ns: plan.durationNs,
      warmup_ns: plan.warmupNs,
      trials: plan.trialsPerCell,
      min_trials: plan.minTrials,
      precision: plan.precision,
      precision_of: plan.precision === null ? null : plan.precisionOf,
      max_time_ns: plan.maxTimeNs,
      time_limit_ns: plan.timeLimitNs,
      counters: plan.counters,
    },
  };
}

/** The plan that a journal was begun with: the same cells and the same trials in the same order. */
export function planOf(head: RunHead): Plan {
  const { seed, plan } = head.run;
  const cells = head.cells.map(cellOf);
  const trials = interleave(cells, plan.trials, seed).filter(
    ({ cell, repetition }) => repetition < stoppingRules(head, cell.index).maxTrials,
  );
  return {
    seed,
    durationNs: plan.duration_ns,
    warmupNs: plan.warmup_ns,
    trialsPerCell: plan.trials,
    minTrials: plan.min_trials ?? plan.trials,
    precision: plan.precision,
    precisionOf: plan.precision_of ?? 'median',
    maxTimeNs: plan.max_time_ns,
    timeLimitNs: plan.time_limit_ns,
    counters: plan.counters ?? false,
    cells,
    trials,
    harness: head.harness,
  };
}

function cellOf(head: CellHead, index: number): Cell {
  return Object.freeze({
    index,
    probe: head.probe,
    // The native part checks these words when a trial starts.
    pattern: head.pattern as Pattern,
    sizeBytes: head.size_bytes,
    placement: head.placement as Placement,
    clientCpu: head.client_cpu,
    serverCpu: head.server_cpu,
    wait: head.wait as WaitPolicy,
    parameters: parametersOf(head.parameters),
    options: head.options,
    unavailable: head.unavailable,
  });
}

function parametersRecord(parameters: PatternParameters): ParametersRecord {
  return {
    reply_bytes: parameters.replyBytes,
    service_ns: parameters.serviceNs,
    rate_per_s: parameters.rate,
    arrivals: parameters.arrivals,
    window: parameters.window,
    backlog: parameters.backlog,
  };
}

function parametersOf(record: CellResult['parameters']): PatternParameters {
  return {
    replyBytes: record?.reply_bytes ?? null,
    serviceNs: record?.service_ns ?? null,
    rate: record?.rate_per_s ?? null,
    arrivals: (record?.arrivals ?? null) as PatternParameters['arrivals'],
    window: record?.window ?? null,
    backlog: record?.backlog ?? null,
  };
}
