/**
 * The layout of native/include/results_page.h, told again. A test compares every field with
 * `ipcbench-peer --layout`.
 */
import { BugError } from '../errors.js';
import { COUNTER_NAMES } from './types.js';

export const PAGE_MAGIC = 0x62637069;
export const PAGE_VERSION = 3;

/** Histogram of picoseconds: log-linear, see native/include/results_page.h. */
export const HISTOGRAM = { linearBits: 7, topBit: 48, buckets: (48 - 7 + 1) << 7 } as const;

export const SAMPLES_MAX = 65536;

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
  ['begin_ns', 'u64'],
  ['end_ns', 'u64'],
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

export const COUNTERS_LAYOUT = layOut([
  ['error', 'i32'],
  ['opened', 'u32'],
  ['values', 'u64', COUNTER_NAMES.length * 8],
  ['enabled_ns', 'u64', COUNTER_NAMES.length * 8],
  ['running_ns', 'u64', COUNTER_NAMES.length * 8],
]);

export const BUFFERS_LAYOUT = layOut([
  ['buffer_bytes', 'u64'],
  ['looks', 'u64'],
  ['in_use_sum', 'u64'],
  ['peak', 'u64'],
  ['holdings', 'u64'],
  ['timed', 'u64'],
  ['held_ns', 'u64'],
  ['in_use_ns', 'u64'],
  ['span_ns', 'u64'],
  ['waits', 'u64'],
  ['failures', 'u64'],
  ['overflows', 'u64'],
]);

export const PAGE_LAYOUT = layOut([
  ['magic', 'u32'],
  ['version', 'u32'],
  ['page_bytes', 'u64'],
  ['reserved_header', 'u64', 6 * 8],
  ['stop', 'u32'],
  ['hold', 'u32'],
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
  ['clock_step_ns', 'u64'],
  ['reserved_load', 'u64', 2 * 8],
  ['report_launcher', 'struct', REPORT_LAYOUT.bytes],
  ['report_server', 'struct', REPORT_LAYOUT.bytes],
  ['report_client', 'struct', REPORT_LAYOUT.bytes],
  ['usage_server', 'struct', USAGE_LAYOUT.bytes],
  ['usage_client', 'struct', USAGE_LAYOUT.bytes],
  ['granted_server', 'struct', GRANTED_LAYOUT.bytes],
  ['granted_client', 'struct', GRANTED_LAYOUT.bytes],
  ['counters_server', 'struct', COUNTERS_LAYOUT.bytes],
  ['counters_client', 'struct', COUNTERS_LAYOUT.bytes],
  ['buffers_server', 'struct', BUFFERS_LAYOUT.bytes],
  ['buffers_client', 'struct', BUFFERS_LAYOUT.bytes],
  ['histogram', 'u64', HISTOGRAM.buckets * 8],
  ['service_histogram', 'u64', HISTOGRAM.buckets * 8],
  ['samples', 'u64', SAMPLES_MAX * 8],
]);

/** The offset of a field. */
export function at(name: string, layout: Layout = PAGE_LAYOUT): number {
  const field = layout.fields[name];
  if (!field) throw new BugError(`the results page has no field ${name}`);
  return field.offset;
}
