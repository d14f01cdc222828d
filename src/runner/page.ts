/**
 * The results page as seen from here: the layout of native/include/results_page.h, told again,
 * and the decoding of its parts. A test compares every field with `ipcbench-peer --layout`.
 */
import { BugError } from '../errors.js';
import type {
  GrantedOptions,
  HistogramBuckets,
  PeerUsage,
  ServiceTimes,
  TrialMeasurement,
  TrialProgress,
} from './types.js';

export const PAGE_MAGIC = 0x62637069;
export const PAGE_VERSION = 2;

/** Histogram of picoseconds: log-linear, see native/include/results_page.h. */
export const HISTOGRAM = { linearBits: 7, topBit: 48, buckets: (48 - 7 + 1) << 7 } as const;

const SAMPLES_MAX = 65536;

type FieldType = 'u32' | 'i32' | 'u64' | 'i64' | 'text' | 'struct';

/** A field: its type and, for arrays, text and structures, its bytes. */
type FieldList = readonly (readonly [name: string, type: FieldType, bytes?: number])[];

export interface Field {
  readonly offset: number;
  readonly bytes: number;
}

export interface Layout {
  readonly bytes: number;
  readonly fields: Readonly<Record<string, Field>>;
}

/** Places fields one after the other; the C side has no implicit padding. */
function layOut(list: FieldList): Layout {
  const fields: Record<string, Field> = {};
  let offset = 0;
  for (const [name, type, bytes] of list) {
    const size = bytes ?? (type === 'u64' || type === 'i64' ? 8 : 4);
    fields[name] = { offset, bytes: size };
    offset += size;
  }
  return { bytes: offset, fields };
}

export const REPORT_LAYOUT = layOut([
  ['status', 'u32'],
  ['error', 'i32'],
  ['line', 'u32'],
  ['writer', 'u32'],
  ['file', 'text', 48],
  ['expression', 'text', 160],
  ['reason', 'text', 256],
  ['remedy', 'text', 256],
]);

export const USAGE_LAYOUT = layOut([
  ['ops', 'u64'],
  ['wall_ns', 'u64'],
  ['user_ns', 'u64'],
  ['system_ns', 'u64'],
  ['voluntary_switches', 'u64'],
  ['involuntary_switches', 'u64'],
  ['minor_faults', 'u64'],
  ['major_faults', 'u64'],
  ['bytes_sent', 'u64'],
  ['bytes_received', 'u64'],
  ['pid', 'i32'],
  ['cpu_first', 'i32'],
  ['cpu_last', 'i32'],
  ['reserved', 'u32'],
]);

export const GRANTED_LAYOUT = layOut([
  ['sndbuf_bytes', 'i64'],
  ['rcvbuf_bytes', 'i64'],
  ['rcvlowat_bytes', 'i64'],
  ['backlog', 'i64'],
]);

export const PAGE_LAYOUT = layOut([
  ['magic', 'u32'],
  ['version', 'u32'],
  ['page_bytes', 'u64'],
  ['reserved_header', 'u64', 6 * 8],
  ['stop', 'u32'],
  ['reserved_stop', 'u32'],
  ['reserved_control', 'u64', 7 * 8],
  ['last_op', 'u64'],
  ['reserved_last', 'u64', 7 * 8],
  ['progress_ops', 'u64'],
  ['progress_ns', 'u64'],
  ['phase', 'u32'],
  ['blame', 'u32'],
  ['reserved_progress', 'u64', 5 * 8],
  ['window_ns', 'u64'],
  ['ops', 'u64'],
  ['batch', 'u64'],
  ['clock_cost_ps', 'u64'],
  ['sample_count', 'u64'],
  ['sample_stride', 'u64'],
  ['histogram_count', 'u64'],
  ['min_ps', 'u64'],
  ['max_ps', 'u64'],
  ['sum_ps', 'u64'],
  ['warmup_ops', 'u64'],
  ['verified_ops', 'u64'],
  ['request_bytes', 'u64'],
  ['reply_bytes', 'u64'],
  ['adaptive_spin_ns', 'u64'],
  ['stream_window', 'u64'],
  ['service_count', 'u64'],
  ['service_sum_ps', 'u64'],
  ['service_min_ps', 'u64'],
  ['service_max_ps', 'u64'],
  ['unsent_ops', 'u64'],
  ['reserved_load', 'u64', 3 * 8],
  ['report_launcher', 'struct', REPORT_LAYOUT.bytes],
  ['report_server', 'struct', REPORT_LAYOUT.bytes],
  ['report_client', 'struct', REPORT_LAYOUT.bytes],
  ['usage_server', 'struct', USAGE_LAYOUT.bytes],
  ['usage_client', 'struct', USAGE_LAYOUT.bytes],
  ['granted_server', 'struct', GRANTED_LAYOUT.bytes],
  ['granted_client', 'struct', GRANTED_LAYOUT.bytes],
  ['histogram', 'u64', HISTOGRAM.buckets * 8],
  ['service_histogram', 'u64', HISTOGRAM.buckets * 8],
  ['samples', 'u64', SAMPLES_MAX * 8],
]);

/** `enum page_status` */
const STATUSES = [
  'running',
  'ok',
  'unavailable',
  'failed',
  'stopped',
  'timeout',
  'peer-died',
] as const;
export type PageStatus = (typeof STATUSES)[number];

/** `enum page_phase` */
const PHASES = ['start', 'open', 'verify', 'warmup', 'timed', 'close', 'done'] as const;

/** `enum page_writer` */
const WRITERS = ['none', 'launcher', 'server', 'client'] as const;
export type PageWriter = (typeof WRITERS)[number];

/** What one writer says went wrong. */
export interface PageReport {
  readonly status: PageStatus;
  /** errno, 0 = none. */
  readonly error: number;
  readonly line: number;
  readonly writer: PageWriter;
  readonly file: string;
  readonly expression: string;
  readonly reason: string;
  readonly remedy: string;
}

/** Reads and writes the parts of a results page that is mapped or copied into `buffer`. */
export class PageView {
  readonly #view: DataView;

  constructor(readonly buffer: ArrayBuffer) {
    if (buffer.byteLength < PAGE_LAYOUT.bytes) throw new BugError('the results page is too short');
    this.#view = new DataView(buffer);
  }

  writeHeader(): void {
    this.#view.setUint32(at('magic'), PAGE_MAGIC, true);
    this.#view.setUint32(at('version'), PAGE_VERSION, true);
    this.#view.setBigUint64(at('page_bytes'), BigInt(PAGE_LAYOUT.bytes), true);
  }

  /** Asks the client to end the trial soon. */
  requestStop(): void {
    Atomics.store(new Uint32Array(this.buffer, at('stop'), 1), 0, 1);
  }

  /** Live while the peers run: for display only. */
  progress(): TrialProgress {
    return {
      phase: PHASES[this.#u32(at('phase'))] ?? 'start',
      ops: this.#u64(at('progress_ops')),
      elapsedNs: this.#u64(at('progress_ns')),
    };
  }

  /** The trial's verdict; final once the launcher has exited. */
  status(): PageStatus {
    return this.report('launcher').status;
  }

  /** Whose report came first. */
  blame(): PageWriter {
    return WRITERS[this.#u32(at('blame'))] ?? 'none';
  }

  report(writer: Exclude<PageWriter, 'none'>): PageReport {
    const base = at(`report_${writer}`);
    const field = (name: string) => base + at(name, REPORT_LAYOUT);
    return {
      status: STATUSES[this.#u32(field('status'))] ?? 'failed',
      error: this.#view.getInt32(field('error'), true),
      line: this.#u32(field('line')),
      writer: WRITERS[this.#u32(field('writer'))] ?? 'none',
      file: this.#text(base, 'file'),
      expression: this.#text(base, 'expression'),
      reason: this.#text(base, 'reason'),
      remedy: this.#text(base, 'remedy'),
    };
  }

  /** Copies out what a completed trial measured; nothing in it refers to the page. */
  measurement(): TrialMeasurement {
    const value = (name: string) => this.#u64(at(name));
    const batch = value('batch');
    const samples = value('histogram_count');
    return {
      status: 'ok',
      windowNs: value('window_ns'),
      ops: value('ops'),
      batch,
      clockCostNs: value('clock_cost_ps') / 1000,
      samplesNs: this.#samples(value('sample_count'), batch),
      sampleStride: value('sample_stride'),
      histogram: this.#histogram('histogram'),
      minNs: value('min_ps') / 1000,
      maxNs: value('max_ps') / 1000,
      meanNs: samples === 0 ? 0 : value('sum_ps') / 1000 / samples,
      warmupOps: value('warmup_ops'),
      verifiedOps: value('verified_ops'),
      requestBytes: value('request_bytes'),
      replyBytes: value('reply_bytes'),
      adaptiveSpinNs: value('adaptive_spin_ns'),
      streamWindow: value('stream_window'),
      service: this.#service(),
      granted: {
        client: this.#granted('granted_client'),
        server: this.#granted('granted_server'),
      },
      client: this.#usage('usage_client'),
      server: this.#usage('usage_server'),
    };
  }

  #samples(count: number, batch: number): Float64Array {
    const stored = new BigUint64Array(this.buffer, at('samples'), Math.min(count, SAMPLES_MAX));
    return Float64Array.from(stored, (elapsedNs) => Number(elapsedNs) / batch);
  }

  /** Null unless the loop was open: only pattern load has service times. */
  #service(): ServiceTimes | null {
    const value = (name: string) => this.#u64(at(name));
    const count = value('service_count');
    if (count === 0) return null;
    return {
      histogram: this.#histogram('service_histogram'),
      minNs: value('service_min_ps') / 1000,
      maxNs: value('service_max_ps') / 1000,
      meanNs: value('service_sum_ps') / 1000 / count,
      unsentOps: value('unsent_ops'),
    };
  }

  #granted(name: string): GrantedOptions {
    const base = at(name);
    const value = (field: string) => {
      const number = this.#view.getBigInt64(base + at(field, GRANTED_LAYOUT), true);
      return number < 0n ? null : Number(number);
    };
    return {
      sndbufBytes: value('sndbuf_bytes'),
      rcvbufBytes: value('rcvbuf_bytes'),
      rcvlowatBytes: value('rcvlowat_bytes'),
      backlog: value('backlog'),
    };
  }

  #histogram(name: string): HistogramBuckets {
    const all = new BigUint64Array(this.buffer, at(name), HISTOGRAM.buckets);
    const indexes: number[] = [];
    const counts: number[] = [];
    all.forEach((count, index) => {
      if (count === 0n) return;
      indexes.push(index);
      counts.push(Number(count));
    });
    return { indexes, counts };
  }

  #usage(name: string): PeerUsage {
    const base = at(name);
    const value = (field: string) => this.#u64(base + at(field, USAGE_LAYOUT));
    const cpu = (field: string) => {
      const number = this.#view.getInt32(base + at(field, USAGE_LAYOUT), true);
      return number < 0 ? null : number;
    };
    return {
      ops: value('ops'),
      wallNs: value('wall_ns'),
      userNs: value('user_ns'),
      systemNs: value('system_ns'),
      voluntarySwitches: value('voluntary_switches'),
      involuntarySwitches: value('involuntary_switches'),
      minorFaults: value('minor_faults'),
      majorFaults: value('major_faults'),
      bytesSent: value('bytes_sent'),
      bytesReceived: value('bytes_received'),
      cpuFirst: cpu('cpu_first'),
      cpuLast: cpu('cpu_last'),
    };
  }

  #u32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  /** Exact up to 2^53: 104 days in ns, 2.5 hours in ps. */
  #u64(offset: number): number {
    return Number(this.#view.getBigUint64(offset, true));
  }

  #text(base: number, name: string): string {
    const field = REPORT_LAYOUT.fields[name];
    if (!field) throw new BugError(`the report has no field ${name}`);
    const bytes = new Uint8Array(this.buffer, base + field.offset, field.bytes);
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(bytes.slice(0, end < 0 ? bytes.length : end));
  }
}

function at(name: string, layout: Layout = PAGE_LAYOUT): number {
  const field = layout.fields[name];
  if (!field) throw new BugError(`the results page has no field ${name}`);
  return field.offset;
}
