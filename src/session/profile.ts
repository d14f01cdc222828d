import { release } from 'node:os';
import type { Collectors } from '../collect/registry.js';
import { COLLECTOR_NAMES, type CollectorName } from '../collect/types.js';
import { UserError } from '../errors.js';
import { ENVIRONMENT_BYTES_MAX } from '../plan/build.js';
import { formatSize } from '../plan/sizes.js';
import type { Cell, Plan, Trial } from '../plan/types.js';
import type { TrialProblem } from '../runner/types.js';
import { createRandom } from '../stats/random.js';
import { type CollectedTrial, collectTrial } from './collect-trial.js';
import { type PlanRequest, prepare } from './prepare.js';
import type { Arm } from './profile-arms.js';
import { cellStacks, problemCell, profiledCell } from './profile-cell.js';
import type {
  CollectorReport,
  FoldedStacks,
  ProfileDocument,
  ProfiledCell,
} from './profile-types.js';
import type { ReportStream } from './reporter.js';

/** Unless others are asked for: strace slows its peers so much that it is not among them. */
const USUAL: readonly CollectorName[] = ['rusage', 'perf-counters', 'perf-sampling', 'bpftrace'];

export interface ProfileRequest extends PlanRequest {
  /** As typed; null = the usual ones, as far as they work here. */
  readonly names: readonly CollectorName[] | null;
  readonly collectors: Collectors;
  /** The stacks are wanted: without samples nothing is measured. */
  readonly needsSamples: boolean;
  readonly command: string;
  readonly version: string;
  readonly signal: AbortSignal;
  readonly stderr: ReportStream;
}

export interface Profiled {
  readonly document: ProfileDocument;
  /** In ns per operation, of every cell that was sampled. */
  readonly stacks: FoldedStacks;
}

/**
 * Profiles every cell of the plan: in each round one plain trial and one with each collector, all
 * of them in a random order, so that what a collector costs shows in the same run.
 *
 * @throws UserError for a collector that was asked for by name and can't be had
 */
export async function profile(request: ProfileRequest): Promise<Profiled> {
  const { plan } = await prepare(request);
  const reports = await reportCollectors(request);
  if (request.needsSamples) requireSamples(reports);
  await request.runner.sweep();
  const used = reports.filter((report) => report.used).map(({ collector }) => collector);
  const results = new Results(plan);
  const complete = await carryOut(plan, request, used, results);
  const cells = results.profiled();
  return {
    document: {
      profile: {
        command: request.command,
        version: request.version,
        kernel: release(),
        seed: plan.seed,
        trials: plan.minTrials,
        duration_ns: plan.durationNs,
        complete,
        collectors: reports,
      },
      cells,
    },
    stacks: results.stacks(),
  };
}

/** Which collectors are used, and why the others are not. */
async function reportCollectors({
  names,
  collectors,
}: Pick<ProfileRequest, 'names' | 'collectors'>): Promise<CollectorReport[]> {
  const wanted = names ?? USUAL;
  const reports: CollectorReport[] = [];
  for (const collector of COLLECTOR_NAMES.filter((name) => wanted.includes(name))) {
    const lacking = await collectors[collector].supported();
    if (lacking !== null && names !== null) {
      throw new UserError(`Collector ${collector} is not available: ${lacking.reason}.`, [
        ...(lacking.remedy === null ? [] : [`What helps: ${lacking.remedy}.`]),
        'Without --collector those are used that work here.',
      ]);
    }
    const { reason = null, remedy = null } = lacking ?? {};
    reports.push({ collector, used: lacking === null, reason, remedy });
  }
  return reports;
}

function requireSamples(reports: readonly CollectorReport[]): void {
  const sampling = reports.find(({ collector }) => collector === 'perf-sampling');
  if (sampling?.used) return;
  throw new UserError(`There would be no samples: ${sampling?.reason ?? 'not asked for'}.`, [
    sampling?.remedy ? `What helps: ${sampling.remedy}.` : 'Add perf-sampling to --collector.',
  ]);
}

/** The cells that are shown: what the harness costs is no profile. */
function shownCells(plan: Plan): readonly Cell[] {
  const { harness } = plan;
  return plan.cells.filter(({ index }) => harness?.cell !== index || harness.shown);
}

interface Job {
  readonly trial: Trial;
  readonly arm: Arm;
}

/** Every trial of the profile, in rounds, each in a random order. */
function jobsOf(plan: Plan, used: readonly CollectorName[]): Job[] {
  const random = createRandom(plan.seed);
  const arms: Arm[] = ['plain', ...used.filter((name) => name !== 'rusage')];
  const cells = shownCells(plan).filter(({ unavailable }) => unavailable === null);
  const pairs = cells.flatMap((cell) => arms.map((arm) => ({ cell, arm })));
  return Array.from({ length: plan.minTrials }, (_, repetition) =>
    random.shuffle(pairs).map(({ cell, arm }) => {
      const environmentBytes = random.below(ENVIRONMENT_BYTES_MAX + 1);
      return { trial: { cell, repetition, environmentBytes }, arm };
    }),
  ).flat();
}

/** False when it was interrupted. */
async function carryOut(
  plan: Plan,
  request: ProfileRequest,
  used: readonly CollectorName[],
  results: Results,
): Promise<boolean> {
  const { runner, collectors, signal, stderr } = request;
  const { durationNs, warmupNs, timeLimitNs } = plan;
  const options = { durationNs, warmupNs, timeLimitNs };
  for (const { trial, arm } of jobsOf(plan, used)) {
    if (signal.aborted) break;
    if (results.problemOf(trial.cell)) continue;
    say(stderr, trial.cell, arm, `trial ${trial.repetition + 1}/${plan.minTrials}`);
    const names = arm === 'plain' ? [] : [arm];
    const outcome = await collectTrial({ runner, trial, options, names, collectors, signal });
    if (outcome.status === 'ok' || !signal.aborted) results.add(trial.cell, arm, outcome);
  }
  if (stderr.isTTY) stderr.write(CLEAR_LINE);
  return !signal.aborted;
}

const CLEAR_LINE = '\r\u001b[2K';

/** One line that is rewritten on a terminal; nothing elsewhere. */
function say(stream: ReportStream, cell: Cell, arm: Arm, trial: string): void {
  if (!stream.isTTY) return;
  const text = `${cell.probe} ${formatSize(cell.sizeBytes)}: ${trial}, ${arm}`;
  stream.write(CLEAR_LINE + text.slice(0, (stream.columns || 80) - 1));
}

/** What has been collected of each cell. */
class Results {
  readonly #arms = new Map<Cell, Map<Arm, CollectedTrial[]>>();
  readonly #problems = new Map<Cell, TrialProblem>();

  constructor(private readonly plan: Plan) {}

  add(cell: Cell, arm: Arm, outcome: CollectedTrial | TrialProblem): void {
    if (outcome.status !== 'ok') {
      const what = arm === 'plain' ? '' : `${arm}: `;
      this.#problems.set(cell, { ...outcome, reason: what + outcome.reason });
      return;
    }
    const arms = this.#arms.get(cell) ?? new Map<Arm, CollectedTrial[]>();
    this.#arms.set(cell, arms);
    arms.set(arm, [...(arms.get(arm) ?? []), outcome]);
  }

  problemOf(cell: Cell): TrialProblem | null {
    if (cell.unavailable) return { status: 'unavailable', ...cell.unavailable };
    return this.#problems.get(cell) ?? null;
  }

  /** Cells without a trial, because the run was interrupted before, are left out. */
  profiled(): ProfiledCell[] {
    return shownCells(this.plan).flatMap((cell) => {
      const problem = this.problemOf(cell);
      if (problem) return [problemCell(cell, problem)];
      const arms = this.#arms.get(cell);
      return arms === undefined ? [] : [profiledCell(cell, arms)];
    });
  }

  stacks(): FoldedStacks {
    const all = [...this.#arms].flatMap(([cell, arms]) => [...cellStacks(stackName(cell), arms)]);
    return new Map(all);
  }
}

function stackName(cell: Cell): string {
  const size = cell.pattern === 'connect' ? '' : ` ${formatSize(cell.sizeBytes)}`;
  const options = Object.entries(cell.options).map(([name, value]) => ` ${name}=${value}`);
  return `${cell.probe} ${cell.pattern}${size} ${cell.placement} ${cell.wait}${options.join('')}`;
}
