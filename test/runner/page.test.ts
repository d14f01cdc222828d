import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { BugError } from '../../src/errors.js';
import { nativeFiles } from '../../src/runner/native-files.js';
import { PageView } from '../../src/runner/page.js';
import {
  BUFFERS_LAYOUT,
  COUNTERS_LAYOUT,
  GRANTED_LAYOUT,
  HISTOGRAM,
  type Layout,
  PAGE_LAYOUT,
  PAGE_MAGIC,
  PAGE_VERSION,
  REPORT_LAYOUT,
  USAGE_LAYOUT,
} from '../../src/runner/page-layout.js';
import { PlayedPage, STATUS, WRITER } from '../support/page.js';

const { executable: EXECUTABLE } = nativeFiles(process.env);

interface NativeLayout {
  readonly bytes: number;
  readonly fields: Readonly<Record<string, [offset: number, bytes: number]>>;
}

/** Fields without the reserved ones, as [offset, bytes]. */
function fieldsOf(layout: Layout) {
  return Object.fromEntries(
    Object.entries(layout.fields)
      .filter(([name]) => !name.startsWith('reserved'))
      .map(([name, { offset, bytes }]) => [name, [offset, bytes]]),
  );
}

describe('the layout', () => {
  const native = JSON.parse(execFileSync(EXECUTABLE, ['--layout'], { encoding: 'utf8' })) as Record<
    'page' | 'report' | 'usage' | 'granted' | 'counters' | 'buffers',
    NativeLayout
  > & {
    histogram: object;
    version: number;
  };

  it.each([
    ['page', PAGE_LAYOUT],
    ['report', REPORT_LAYOUT],
    ['usage', USAGE_LAYOUT],
    ['granted', GRANTED_LAYOUT],
    ['counters', COUNTERS_LAYOUT],
    ['buffers', BUFFERS_LAYOUT],
  ] as const)('of %s is the native one, field by field', (name, layout) => {
    expect(layout.bytes).toBe(native[name].bytes);
    expect(fieldsOf(layout)).toEqual(native[name].fields);
  });

  it('has the native histogram and version', () => {
    expect(native.histogram).toEqual({
      linear_bits: HISTOGRAM.linearBits,
      top_bit: HISTOGRAM.topBit,
      buckets: HISTOGRAM.buckets,
    });
    expect(native.version).toBe(PAGE_VERSION);
  });
});

describe('PageView', () => {
  it('wants a whole page', () => {
    expect(() => new PageView(new ArrayBuffer(100))).toThrow(BugError);
  });

  it('writes the header and the stop flag', () => {
    const { page, buffer } = new PlayedPage();
    page.writeHeader();
    page.requestStop();
    const view = new DataView(buffer);
    expect(view.getUint32(0, true)).toBe(PAGE_MAGIC);
    expect(view.getUint32(4, true)).toBe(PAGE_VERSION);
    expect(Number(view.getBigUint64(8, true))).toBe(PAGE_LAYOUT.bytes);
    expect(view.getUint32(64, true)).toBe(1);
  });

  it('holds and releases a trial', () => {
    const { page, buffer } = new PlayedPage();
    page.setHold(true);
    expect(new DataView(buffer).getUint32(68, true)).toBe(1);
    page.setHold(false);
    expect(new DataView(buffer).getUint32(68, true)).toBe(0);
  });

  it('reads progress', () => {
    const { page } = new PlayedPage().set({ phase: 4, progress_ops: 123, progress_ns: 456 });
    expect(page.progress()).toEqual({ phase: 'timed', ops: 123, elapsedNs: 456 });
  });

  it('reads a report', () => {
    const { page } = new PlayedPage().set({ blame: WRITER.server }).report('server', {
      status: STATUS.failed,
      error: 98,
      line: 42,
      writer: WRITER.server,
      file: 'probes/tcp.c',
      expression: 'bind(fd, address)',
      reason: 'the port’s taken',
    });
    expect(page.blame()).toBe('server');
    expect(page.report('server')).toEqual({
      status: 'failed',
      error: 98,
      line: 42,
      writer: 'server',
      file: 'probes/tcp.c',
      expression: 'bind(fd, address)',
      reason: 'the port’s taken',
      remedy: '',
    });
  });

  it('reads a text that fills its field', () => {
    const { page } = new PlayedPage().report('client', { file: 'x'.repeat(48) });
    expect(page.report('client').file).toBe('x'.repeat(48));
  });

  it('copies out a measurement in ns', () => {
    const played = new PlayedPage()
      .set({
        window_ns: 5_000_000,
        ops: 1000,
        batch: 4,
        clock_cost_ps: 25_500,
        clock_step_ns: 10,
        sample_count: 3,
        sample_stride: 2,
        histogram_count: 6,
        min_ps: 1500,
        max_ps: 9000,
        sum_ps: 12_000,
        warmup_ops: 10,
        verified_ops: 20,
        request_bytes: 64,
        reply_bytes: 64,
      })
      .words('samples', { 0: 40, 1: 80, 2: 20, 3: 999 })
      .words('histogram', { 5: 2, 5375: 4 })
      .usage('client', { ops: 1000, user_ns: 7, cpu_first: 0, cpu_last: -1 })
      .usage('server', { ops: 999, major_faults: 3, pid: 7, begin_ns: 5e15, end_ns: 5e15 + 1 });
    const measurement = played.page.measurement();
    expect(measurement).toMatchObject({
      status: 'ok',
      windowNs: 5_000_000,
      batch: 4,
      clockCostNs: 25.5,
      clockStepNs: 10,
      sampleStride: 2,
      histogram: { indexes: [5, 5375], counts: [2, 4] },
      minNs: 1.5,
      maxNs: 9,
      meanNs: 2,
      client: { ops: 1000, userNs: 7, cpuFirst: 0, cpuLast: null, pid: null, beginNs: null },
      server: { ops: 999, majorFaults: 3, pid: 7, beginNs: 5e15, endNs: 5e15 + 1 },
    });
    expect([...measurement.samplesNs]).toEqual([10, 20, 5]);
    played.words('samples', { 0: 0 });
    expect(measurement.samplesNs[0]).toBe(10);
  });

  it('has service times of an open loop only', () => {
    expect(new PlayedPage().page.measurement()).toMatchObject({ service: null, streamWindow: 0 });
    const played = new PlayedPage()
      .set({
        stream_window: 16,
        service_count: 4,
        service_sum_ps: 10_000,
        service_min_ps: 2000,
        service_max_ps: 3000,
        unsent_ops: 7,
      })
      .words('service_histogram', { 9: 4 });
    expect(played.page.measurement()).toMatchObject({
      streamWindow: 16,
      service: {
        histogram: { indexes: [9], counts: [4] },
        minNs: 2,
        maxNs: 3,
        meanNs: 2.5,
        unsentOps: 7,
      },
    });
  });

  it('reads what was granted; -1 does not apply', () => {
    const played = new PlayedPage()
      .granted('client', { sndbuf_bytes: 8192, rcvbuf_bytes: 0, rcvlowat_bytes: 1, backlog: -1 })
      .granted('server', { sndbuf_bytes: -1, rcvbuf_bytes: -1, rcvlowat_bytes: -1, backlog: 128 });
    const nothing = { sndbufBytes: null, rcvbufBytes: null, rcvlowatBytes: null, backlog: null };
    expect(played.page.measurement().granted).toEqual({
      client: { ...nothing, sndbufBytes: 8192, rcvbufBytes: 0, rcvlowatBytes: 1 },
      server: { ...nothing, backlog: 128 },
    });
  });
});
