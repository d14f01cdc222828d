/**
 * The results page as seen from here: the decoding of its parts. Its layout is in page-layout.ts.
 */
import { BugError } from '../errors.js';
import { buffersUse } from './page-buffers.js';
import { peerCounters } from './page-counters.js';
import {
  at,
  GRANTED_LAYOUT,
  HISTOGRAM,
  PAGE_LAYOUT,
  PAGE_MAGIC,
  PAGE_VERSION,
  REPORT_LAYOUT,
  SAMPLES_MAX,
  USAGE_LAYOUT,
} from './page-layout.js';
import type {
  GrantedOptions,
  HistogramBuckets,
  PeerPids,
  PeerUsage,
  ServiceTimes,
  TrialMeasurement,
  TrialProgress,
} from './types.js';

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

  /** Keeps the trial in its warm-up, when set before the start, until it is released. */
  setHold(held: boolean): void {
    Atomics.store(new Uint32Array(this.buffer, at('hold'), 1), 0, held ? 1 : 0);
  }

  /** The peers' process ids once both exchange messages in the warm-up, null before. */
  warmPids(): PeerPids | null {
    const { phase, ops } = this.progress();
    if (phase !== 'warmup' || ops === 0) return null;
    const pid = (name: string) => this.#view.getInt32(at(name) + at('pid', USAGE_LAYOUT), true);
    return { client: pid('usage_client'), server: pid('usage_server') };
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
      clockStepNs: value('clock_step_ns'),
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
      client: this.#usage('client'),
      server: this.#usage('server'),
      ...buffersUse(this.#view),
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

  #usage(peer: 'client' | 'server'): PeerUsage {
    const base = at(`usage_${peer}`);
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
      pid: this.#view.getInt32(base + at('pid', USAGE_LAYOUT), true) || null,
      beginNs: value('begin_ns') || null,
      endNs: value('end_ns') || null,
      counters: peerCounters(this.#view, at(`counters_${peer}`)),
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
