import type { TrialMeasurement } from '../runner/types.js';
import {
  type AttributionTable,
  classify,
  type Frame,
  isKernelSample,
  type ObjectKind,
  objectKind,
  SAMPLE_CLASSES,
  type SampleClass,
} from './attribution.js';
import type { PerfSample, PerfScript } from './perf-script.js';
import { bySide, type ModeTimes, type Side } from './types.js';

/** Processor time of one side by what it went to. */
export interface SampledSide extends ModeTimes {
  readonly samples: number;
  readonly classNs: Readonly<Record<SampleClass, number>>;
  /** Call chains, outermost first, joined by `;`, and their time in ns. */
  readonly stacks: ReadonlyMap<string, number>;
  /** The innermost functions of unattributed samples, and their time in ns. */
  readonly unattributed: ReadonlyMap<string, number>;
}

export interface SamplingFigures {
  readonly sides: Record<Side, SampledSide>;
  /** Of both windows together. */
  readonly lost: number;
  /** Share of all processor time in the client's window that went to other processes. */
  readonly othersShare: number;
}

/** Frame of a chain that has no name; the kernel's and the program's are told apart. */
const UNKNOWN = '[unknown]';
/** Frames from the kernel carry this in folded stacks, as is usual. */
const KERNEL_SUFFIX = '_[k]';

/**
 * What each side's processor time went to: its samples between the edges of its own window.
 *
 * A sample stands for one period of its processor.
 */
export function attributeSamples(
  script: PerfScript,
  trial: TrialMeasurement,
  table: AttributionTable,
  periodNs: number,
): SamplingFigures {
  const weighted = script.samples.map((sample) => ({ sample, ns: periodNs }));
  const own = bySide((side) => weighted.filter(({ sample }) => inWindow(sample, trial, side)));
  return {
    sides: bySide((side) => summarize(own[side], table)),
    lost: script.lost,
    othersShare: shareOfOthers(weighted, trial),
  };
}

interface Weighted {
  readonly sample: PerfSample;
  readonly ns: number;
}

function inWindow(sample: PerfSample, trial: TrialMeasurement, side: Side): boolean {
  const { pid, beginNs, endNs } = trial[side];
  if (pid === null || beginNs === null || endNs === null || sample.pid !== pid) return false;
  return sample.timeNs > beginNs && sample.timeNs <= endNs;
}

function shareOfOthers(weighted: readonly Weighted[], trial: TrialMeasurement): number {
  const { beginNs, endNs } = trial.client;
  if (beginNs === null || endNs === null) return 0;
  const pids = new Set([0, trial.client.pid, trial.server.pid]);
  const during = weighted.filter(({ sample: { timeNs } }) => timeNs > beginNs && timeNs <= endNs);
  const all = total(during);
  return all === 0 ? 0 : total(during.filter(({ sample }) => !pids.has(sample.pid))) / all;
}

function total(weighted: readonly Weighted[]): number {
  return weighted.reduce((sum, { ns }) => sum + ns, 0);
}

function summarize(weighted: readonly Weighted[], table: AttributionTable): SampledSide {
  const present = objectsOf(weighted);
  const classNs = Object.fromEntries(SAMPLE_CLASSES.map((name) => [name, 0])) as Record<
    SampleClass,
    number
  >;
  const stacks = new Map<string, number>();
  const unattributed = new Map<string, number>();
  let systemNs = 0;
  for (const { sample, ns } of weighted) {
    const { frames } = sample;
    const found = classify(frames, table, present);
    classNs[found] += ns;
    if (isKernelSample(frames)) systemNs += ns;
    add(stacks, foldedStack(frames), ns);
    if (found === 'unattributed') add(unattributed, innermost(frames), ns);
  }
  const userNs = total(weighted) - systemNs;
  return { samples: weighted.length, userNs, systemNs, classNs, stacks, unattributed };
}

function objectsOf(weighted: readonly Weighted[]): ReadonlySet<ObjectKind> {
  return new Set(
    weighted.flatMap(({ sample: { frames } }) =>
      frames[0] === undefined ? [] : [objectKind(frames[0].object)],
    ),
  );
}

function add(map: Map<string, number>, key: string, ns: number): void {
  map.set(key, (map.get(key) ?? 0) + ns);
}

function innermost(frames: readonly Frame[]): string {
  const names = frames.slice(0, 3).map(({ symbol }) => symbol);
  return names.length === 0 ? 'no call chain' : names.join(' < ');
}

/**
 * A chain as it is folded: outermost first. Of the program's frames only those with a name are
 * kept: the others are what is taken for frames where code has no frame pointers.
 */
export function foldedStack(frames: readonly Frame[]): string {
  const named = frames.filter(
    ({ symbol, object }, depth) =>
      depth === 0 || symbol !== UNKNOWN || objectKind(object) === 'kernel',
  );
  return named
    .map(({ symbol, object }) => {
      const name = symbol === UNKNOWN ? `[${object.replaceAll(/[[\]]/g, '')}]` : symbol;
      const suffix = objectKind(object) === 'kernel' ? KERNEL_SUFFIX : '';
      return name.replaceAll(';', ':') + suffix;
    })
    .reverse()
    .join(';');
}
