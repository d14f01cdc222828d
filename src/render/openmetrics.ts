import { operationTimes } from '../store/operation.js';
import type { CellResult, ResultDocument, TimesRecord } from '../store/schema.js';
import { hostOf } from './tidy.js';

/** A sample before it is written. */
interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly name: string;
  /** Ends the name, as the format wants it; null for plain numbers. */
  readonly unit: 'seconds' | 'bytes_per_second' | null;
  readonly help: string;
  readonly samples: (document: ResultDocument, cell: CellResult) => readonly Sample[];
}

/**
 * Cells as gauges in the text format of OpenMetrics 1.0
 * (https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md), which
 * Prometheus reads too: base units, numbers in full, no time stamps (node_exporter's textfile
 * collector takes none). What is missing has no sample.
 */
export function renderOpenMetrics(documents: readonly ResultDocument[]): string {
  const families = FAMILIES.flatMap(({ name, unit, help, samples }) => {
    const lines = documents.flatMap((document) =>
      document.results.flatMap((cell, index) =>
        samples(document, cell).map(({ labels, value }) => {
          const all = { ...placeLabels(document, cell, index), ...labels };
          return `${name}${labelText(all)} ${numberText(value)}`;
        }),
      ),
    );
    return [
      `# TYPE ${name} gauge`,
      ...(unit === null ? [] : [`# UNIT ${name} ${unit}`]),
      `# HELP ${name} ${escapeHelp(help)}`,
      ...lines,
    ];
  });
  return `${[...families, ...runLines(documents), '# EOF'].join('\n')}\n`;
}

const STATISTICS = [
  ...(['median', 'p50', 'p90', 'p99', 'p999', 'min', 'max', 'mean'] as const),
] as const;

const FAMILIES: readonly Family[] = [
  {
    name: 'ipcbench_time_seconds',
    unit: 'seconds',
    help: 'Time of one operation of the pattern: a round trip (echo, rpc), a message (stream), a connection (connect), a response from its intended send (load).',
    samples: (_, cell) => statistics(operationTimes(cell)),
  },
  {
    name: 'ipcbench_time_ci95_seconds',
    unit: 'seconds',
    help: 'Ends of the 95 % confidence interval of the median, over trials.',
    samples: (_, cell) => interval(operationTimes(cell)),
  },
  {
    name: 'ipcbench_service_time_seconds',
    unit: 'seconds',
    help: 'Pattern load: time of one request from its actual send.',
    samples: (_, cell) => statistics(cell.service_time_ns),
  },
  {
    name: 'ipcbench_operations_per_second',
    unit: null,
    help: 'Operations of all clients per second.',
    samples: (_, cell) => one(cell.ops_per_s),
  },
  {
    name: 'ipcbench_payload_bytes_per_second',
    unit: 'bytes_per_second',
    help: 'Payload moved per second, both directions together.',
    samples: (_, cell) => one(cell.bytes_per_s),
  },
  {
    name: 'ipcbench_cpu_seconds',
    unit: 'seconds',
    help: 'Processor time per operation, by peer and mode (getrusage; the sum of the modes is exact).',
    samples: (_, cell) => cpuSamples(cell),
  },
  {
    name: 'ipcbench_trials',
    unit: null,
    help: 'Trials with figures; 0 for a cell that could not be measured.',
    samples: (_, cell) => one(cell.trials, { status: cell.status }),
  },
];

function statistics(times: TimesRecord | null): Sample[] {
  return STATISTICS.flatMap((name) => one(seconds(times?.[name] ?? null), { stat: name }));
}

function interval(times: TimesRecord | null): Sample[] {
  const ends = times?.ci95 ?? null;
  if (ends === null) return [];
  return [...one(seconds(ends[0]), { end: 'low' }), ...one(seconds(ends[1]), { end: 'high' })];
}

function cpuSamples({ usage }: CellResult): Sample[] {
  if (usage === null) return [];
  return (['client', 'server'] as const).flatMap((peer) =>
    (['user', 'system'] as const).flatMap((mode) => {
      const { ops, [`${mode}_us` as const]: us } = usage[peer];
      return ops === 0 ? [] : one(us / ops / 1e6, { peer, mode });
    }),
  );
}

function one(value: number | null, labels: Readonly<Record<string, string>> = {}): Sample[] {
  return value === null ? [] : [{ labels, value }];
}

function seconds(ns: number | null): number | null {
  // Dividing rounds once; a product with 1e-9 would twice.
  return ns === null ? null : ns / 1e9;
}

/** Set by the cell or not: an empty label is as none, and would only be noise. */
function placeLabels(
  { run }: ResultDocument,
  cell: CellResult,
  index: number,
): Record<string, string> {
  const { parameters, options } = cell;
  const asked = Object.entries(parameters ?? {}).map(([name, value]) => [`asked_${name}`, value]);
  const chosen = Object.entries(options).map(([name, value]) => [optionLabel(name), value]);
  const labels = {
    run: run.id,
    host: hostOf(run),
    cell: index + 1,
    probe: cell.probe,
    pattern: cell.pattern,
    size_bytes: cell.pattern === 'connect' ? null : cell.size_bytes,
    placement: cell.placement,
    client_cpu: cell.client_cpu,
    server_cpu: cell.server_cpu,
    wait: cell.wait,
    clients: cell.clients,
    ...Object.fromEntries([...asked, ...chosen]),
  };
  const set = Object.entries(labels).filter(([, value]) => value !== null && value !== '');
  return Object.fromEntries(set.map(([name, value]) => [name, String(value)]));
}

/** Options get a prefix, so that none takes the place of a label; their names may hold anything. */
function optionLabel(name: string): string {
  const safe = [...name].map((character) =>
    /[A-Za-z0-9]/.test(character) ? character : character === '-' ? '_' : `_u${hex(character)}_`,
  );
  return `option_${safe.join('')}`;
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}

/** Which runs these are; the number is when each began. */
function runLines(documents: readonly ResultDocument[]): string[] {
  const name = 'ipcbench_run_start_timestamp_seconds';
  const lines = documents.map(({ run }) => {
    const labels = {
      run: run.id,
      host: hostOf(run),
      ipcbench: run.ipcbench,
      complete: String(run.complete),
      source: run.source ?? null,
    };
    const set = Object.entries(labels).filter(([, value]) => value !== null && value !== '');
    const text = labelText(Object.fromEntries(set.map(([key, value]) => [key, String(value)])));
    return `${name}${text} ${numberText(Date.parse(run.started) / 1000)}`;
  });
  return [
    `# TYPE ${name} gauge`,
    `# UNIT ${name} seconds`,
    `# HELP ${name} When the run began, in seconds since 1970.`,
    ...lines,
  ];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return `{${pairs.join(',')}}`;
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** As the grammar wants real numbers. */
function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}
