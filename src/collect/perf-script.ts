import type { Frame } from './attribution.js';

/** One sample of `perf script`. */
export interface PerfSample {
  readonly pid: number;
  readonly tid: number;
  readonly cpu: number;
  /** CLOCK_MONOTONIC */
  readonly timeNs: number;
  /** Innermost first. */
  readonly frames: readonly Frame[];
}

export interface PerfScript {
  readonly samples: readonly PerfSample[];
  /** Samples that did not fit into the buffers. */
  readonly lost: number;
}

/** The fields that the parser reads, as for `perf script -F`. */
export const SCRIPT_FIELDS = 'pid,tid,cpu,time,ip,sym,dso';

/** ` 4379/4379  [000] 33765.448033460: ` */
const HEAD = /^\s*(-?\d+)\/(-?\d+)\s+\[(\d+)\]\s+(\d+)\.(\d{9}):\s*$/;
/** `	ffffffff81d335f7 read_zero ([kernel.kallsyms])` */
const FRAME = /^\s+[0-9a-f]+ (.+?) \((\/.*|\[.*|[^()]*)\)$/;
const LOST = /PERF_RECORD_LOST(?:_SAMPLES)?\b.*?\blost (\d+)/;

/**
 * Reads the output of `perf script --ns --no-inline --show-lost-events -F pid,tid,cpu,time,ip,sym,dso`.
 *
 * @throws Error for a line that is none of its
 */
export function parsePerfScript(text: string): PerfScript {
  const samples: PerfSample[] = [];
  let lost = 0;
  let frames: Frame[] = [];
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  for (const line of lines) {
    const head = HEAD.exec(line);
    const frame = FRAME.exec(line);
    if (head) {
      frames = [];
      samples.push(sampleOf(head, frames));
    } else if (frame) frames.push(frameOf(frame));
    else lost += lostOf(line);
  }
  return { samples, lost };
}

function lostOf(line: string): number {
  const [, lost] = LOST.exec(line) ?? [];
  if (lost === undefined) throw new Error(`perf script: can't read "${line.trim()}"`);
  return Number(lost);
}

function sampleOf(head: RegExpExecArray, frames: readonly Frame[]): PerfSample {
  const [, pid, tid, cpu, seconds, nanoseconds] = head.map(Number);
  return {
    pid: pid ?? -1,
    tid: tid ?? -1,
    cpu: cpu ?? -1,
    timeNs: (seconds ?? 0) * 1e9 + (nanoseconds ?? 0),
    frames,
  };
}

function frameOf([, symbol = '', object = '']: RegExpExecArray): Frame {
  return { symbol, object };
}
