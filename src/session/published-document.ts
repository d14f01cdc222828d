import { layOutTable1 } from '../plan/table1.js';
import { type CellHead, cellResult } from '../store/cell-figures.js';
import type { PublishedTable1 } from '../store/published.js';
import { type CellResult, RESULT_SCHEMA_VERSION, type ResultDocument } from '../store/schema.js';

/** Where and how was not published. */
const UNKNOWN = 'not published';

/**
 * Table 1 as a result document: medians without intervals and without trials, under the names of
 * the probes that stand for its mechanisms, with the paper as its source.
 */
export function publishedDocument(table: PublishedTable1): ResultDocument {
  const probes = new Map(layOutTable1('tcp', []).map(({ mechanism, probe }) => [mechanism, probe]));
  return {
    schema: RESULT_SCHEMA_VERSION,
    run: {
      ...{ id: 'published-table1', started: '1970-01-01T00:00:00.000Z', ended: null, seed: null },
      ...{ command: '', ipcbench: null, complete: true, plan: null },
      source: `${table.title}; ${table.source}`,
      host: { machine: table.machine },
      harness: { null_op_ns: null, clock_cost_ns: null },
      ...{ calibration: null, calibration_note: null, split_resolution_us: null },
    },
    results: table.rows.map(({ mechanism, value }) =>
      published(probes.get(mechanism) ?? mechanism, table.payload_bytes[mechanism] ?? 1, value),
    ),
  };
}

function published(probe: string, bytes: number, us: number): CellResult {
  const head: CellHead = {
    ...{ probe, pattern: 'echo', parameters: null, size_bytes: bytes, options: {} },
    ...{ placement: UNKNOWN, client_cpu: null, server_cpu: null, wait: UNKNOWN, clients: 1 },
    unavailable: null,
    copies: null,
  };
  const unmeasured = {
    p50: null,
    p90: null,
    p99: null,
    p999: null,
    min: null,
    max: null,
    mean: null,
  };
  return {
    ...cellResult(head, [], { index: 0, trials: 0, seed: 0 }),
    ...{ status: 'ok', reason: null, trials_planned: null },
    rtt_ns: { median: us * 1000, ci95: null, ...unmeasured },
  };
}
