import { formatSpan } from '../plan/durations.js';
import { estimateTrialMs } from '../plan/estimate.js';
import { formatSize } from '../plan/sizes.js';
import type { Cell, Plan, Trial } from '../plan/types.js';
import type { TrialOutcome, TrialProgress } from '../runner/types.js';
import type { SessionEvents, TrialPosition } from './session.js';

/** Where reports go: a terminal gets one line that is rewritten, anything else quiet lines. */
export interface ReportStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const CLEAR_LINE = '\r\u001b[2K';

/** Tells a person how a session is coming along. */
export class Reporter {
  readonly #started: number;
  #spentMs = 0;
  #measured = 0;
  #trialStarted = 0;
  #position: TrialPosition;
  #status = '';

  /** @param now a clock in ms, for tests */
  constructor(
    private readonly plan: Plan,
    private readonly stream: ReportStream,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#started = now();
    this.#position = { done: 0, total: plan.trials.length };
  }

  /** The callbacks for the session. */
  events(): SessionEvents {
    return {
      onTrialStart: (trial, position) => this.#trialStarts(trial, position),
      onTrialEnd: (trial, outcome, position) => this.#trialEnds(trial, outcome, position),
      ...(this.stream.isTTY && {
        onProgress: (trial: Trial, progress: TrialProgress) => this.#show(trial, progress.phase),
      }),
    };
  }

  /** Says what is about to happen. */
  start(): void {
    const { cells, trials, trialsPerCell } = this.plan;
    const away = cells.filter((cell) => cell.unavailable !== null).length;
    const note = away === 0 ? '' : `, ${away} not available here`;
    const time = formatSpan(this.#remainingMs());
    this.#line(
      `${trials.length} trials: ${cells.length - away} cells x ${trialsPerCell}${note}; about ${time}`,
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

  #trialEnds(trial: Trial, outcome: TrialOutcome, position: TrialPosition): void {
    this.#position = position;
    this.#spentMs += this.now() - this.#trialStarted;
    this.#measured += 1;
    if (outcome.status !== 'ok') {
      this.#line(`${describeCell(trial.cell)}: ${outcome.status}: ${outcome.reason}`);
    }
    const blockSize = position.total / this.plan.trialsPerCell;
    if (!this.stream.isTTY && position.done % blockSize === 0) this.#blockEnds(position, blockSize);
  }

  #blockEnds(position: TrialPosition, blockSize: number): void {
    const elapsed = formatSpan(this.now() - this.#started);
    const block = `round ${position.done / blockSize} of ${this.plan.trialsPerCell}`;
    const rest = position.done < position.total ? `, ${this.#eta()}` : '';
    this.#line(`${block} done after ${elapsed}${rest}`);
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
    return `about ${formatSpan(this.#remainingMs())} to go`;
  }

  #remainingMs(): number {
    const perTrial =
      this.#measured === 0 ? estimateTrialMs(this.plan) : this.#spentMs / this.#measured;
    return perTrial * (this.#position.total - this.#position.done);
  }
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
