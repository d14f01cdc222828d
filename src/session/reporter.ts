import { formatSpan } from '../plan/durations.js';
import { estimateTrialMs, fewestTrials } from '../plan/estimate.js';
import { formatSize } from '../plan/sizes.js';
import type { Cell, Plan, Trial } from '../plan/types.js';
import type { TrialProgress } from '../runner/types.js';
import type { TrialRecord } from '../store/schema.js';
import type { SessionEvents, TrialPosition } from './session.js';

/** Where reports go: a terminal gets one line that is rewritten, anything else quiet lines. */
export interface ReportStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const CLEAR_LINE = '\r\u001b[2K';
/** Of lines that stay; the first round and the last always have one. */
const ROUND_EVERY_MS = 2000;

/** Tells a person how a session is coming along. */
export class Reporter {
  readonly #started: number;
  #spentMs = 0;
  #measured = 0;
  #trialStarted = 0;
  /** When a round was last said to be done. */
  #roundSaid = Number.NEGATIVE_INFINITY;
  #position: TrialPosition;
  #status = '';

  /**
   * @param now a clock in ms, for tests
   * @param begun where an earlier session of the run ended
   */
  constructor(
    private readonly plan: Plan,
    private readonly stream: ReportStream,
    private readonly now: () => number = () => performance.now(),
    begun?: TrialPosition,
  ) {
    this.#started = now();
    this.#position = begun ?? {
      done: 0,
      total: plan.trials.length,
      least: fewestTrials(plan),
    };
  }

  /** The callbacks for the session. */
  events(): SessionEvents {
    return {
      onTrialStart: (trial, position) => this.#trialStarts(trial, position),
      onTrialEnd: (trial, record, position) => this.#trialEnds(trial, record, position),
      ...(!this.stream.isTTY && {
        onBlockEnd: (block: number, position: TrialPosition) => this.#blockEnds(block, position),
      }),
      ...(this.stream.isTTY && {
        onProgress: (trial: Trial, progress: TrialProgress) => this.#show(trial, progress.phase),
      }),
    };
  }

  /** Says what is about to happen. */
  start(): void {
    const { cells, minTrials, trialsPerCell } = this.plan;
    const { done, total, least } = this.#position;
    const away = cells.filter((cell) => cell.unavailable !== null).length;
    const note = away === 0 ? '' : `, ${away} not available here`;
    const trials = upTo(least - done, total - done);
    const rest = done === 0 ? trials : `${trials} of ${upTo(least, total)}`;
    const each = upTo(minTrials, trialsPerCell);
    this.#line(
      `${rest} trials: ${cells.length - away} cells x ${each}${note}; about ${this.#rest()}`,
    );
  }

  /** A line that stays, for example a warning. */
  note(text: string): void {
    this.#line(text);
  }

  /** Takes the status line away. */
  finish(): void {
    if (this.stream.isTTY && this.#status !== '') this.stream.write(CLEAR_LINE);
    this.#status = '';
  }

  #trialStarts(trial: Trial, position: TrialPosition): void {
    this.#position = position;
    this.#trialStarted = this.now();
    if (this.stream.isTTY) this.#show(trial, 'start');
  }

  #trialEnds(trial: Trial, record: TrialRecord, position: TrialPosition): void {
    this.#position = position;
    this.#spentMs += this.now() - this.#trialStarted;
    this.#measured += 1;
    if (record.status !== 'ok') {
      this.#line(`${describeCell(trial.cell)}: ${record.status}: ${record.reason}`);
    }
  }

  #blockEnds(block: number, position: TrialPosition): void {
    this.#position = position;
    const now = this.now();
    const last = position.done >= position.total;
    // A comparison's blocks take a tenth of a second each: a line for each would bury the rest.
    if (!last && now - this.#roundSaid < ROUND_EVERY_MS) return;
    this.#roundSaid = now;
    const { precision, trialsPerCell } = this.plan;
    const elapsed = formatSpan(now - this.#started);
    const of = precision === null ? `of ${trialsPerCell}` : `of at most ${trialsPerCell}`;
    const rest = last ? '' : `, ${this.#eta()}`;
    this.#line(`round ${block + 1} ${of} done after ${elapsed}${rest}`);
  }

  #show(trial: Trial, phase: TrialProgress['phase']): void {
    const { done, total } = this.#position;
    const what = `${describeCell(trial.cell)}: ${phase}`;
    const repetition = `trial ${trial.repetition + 1}/${this.plan.trialsPerCell}`;
    const text = `[${done + 1}/${total}] ${what}, ${repetition}, ${this.#eta()}`;
    // Some terminals say that they have 0 columns.
    this.#status = text.slice(0, (this.stream.columns || 80) - 1);
    this.stream.write(CLEAR_LINE + this.#status);
  }

  #line(text: string): void {
    const clear = this.stream.isTTY && this.#status !== '' ? CLEAR_LINE : '';
    this.stream.write(`${clear}${text}\n`);
  }

  #eta(): string {
    return `about ${this.#rest()} to go`;
  }

  /** How long the trials that are sure to come take, and those that may come. */
  #rest(): string {
    const perTrial =
      this.#measured === 0 ? estimateTrialMs(this.plan) : this.#spentMs / this.#measured;
    const { done, total, least } = this.#position;
    const limitMs = (this.plan.maxTimeNs ?? Number.POSITIVE_INFINITY) / 1e6;
    const span = (trials: number) => formatSpan(Math.min(perTrial * (trials - done), limitMs));
    return upTo(span(least), span(total));
  }
}

function upTo<T>(least: T, most: T): string {
  return least === most ? `${least}` : `${least} to ${most}`;
}

function describeCell(cell: Cell): string {
  const pair = cell.placement === 'all' ? ` ${cell.clientCpu}-${cell.serverCpu}` : '';
  return [
    cell.probe,
    // The usual pattern goes without saying, and a connection has no size.
    ...(cell.pattern === 'echo' ? [] : [cell.pattern]),
    ...(cell.pattern === 'connect' ? [] : [formatSize(cell.sizeBytes)]),
    `${cell.placement}${pair}`,
    cell.wait,
    ...Object.entries(cell.options).map(([name, value]) => `${name}=${value}`),
  ].join(' ');
}
