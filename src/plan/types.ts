/** Message patterns a probe may offer; see docs/measuring.md. */
export type Pattern = 'echo' | 'stream' | 'connect' | 'rpc' | 'load';

/** How a peer waits for the other one. The same name means the same thing for every probe. */
export type WaitPolicy = 'block' | 'spin' | 'adaptive';

/** Where the two peers may run, relative to each other. */
export type Placement = 'free' | 'same-core' | 'two-cores' | 'smt' | 'two-sockets' | 'all';

/**
 * Whose interval a target precision is about: that of each cell's median over trials, or that of the
 * ratio within blocks of any two cells of one pattern and size, which then stop together.
 */
export type PrecisionOf = 'median' | 'ratio';

/** One probe at one point: what a row of a table stands for. */
export interface Cell {
  /** Position in the plan before interleaving, from 0. */
  readonly index: number;
  readonly probe: string;
  readonly pattern: Pattern;
  /** Payload of the request and of the reply, in bytes. */
  readonly sizeBytes: number;
  readonly placement: Placement;
  /** Processors of the peers; null = wherever the scheduler likes. */
  readonly clientCpu: number | null;
  readonly serverCpu: number | null;
  readonly wait: WaitPolicy;
  /** What the pattern takes beside the size; see docs/measuring.md. */
  readonly parameters: PatternParameters;
  /** Probe options by name, as the native peer takes them (`--option name=value`). */
  readonly options: Readonly<Record<string, string>>;
  /** Set when planning already knows that the cell can't run here. */
  readonly unavailable: Unavailability | null;
}

/** Parameters of single patterns; null = does not apply, or the default of the native part. */
export interface PatternParameters {
  /** rpc, load: payload of the reply; null = as the request. */
  readonly replyBytes: number | null;
  /** rpc, load: work in the server per request. */
  readonly serviceNs: number | null;
  /** load: requests per second. */
  readonly rate: number | null;
  /** load: gaps between requests. */
  readonly arrivals: 'even' | 'poisson' | null;
  /** stream: messages that may be outstanding. */
  readonly window: number | null;
  /** connect: backlog of listen(2). */
  readonly backlog: number | null;
}

/** Why a cell can't run here. */
export interface Unavailability {
  readonly reason: string;
  /** What enables it, or null. */
  readonly remedy: string | null;
}

/** One fresh pair of processes that runs one cell once. */
export interface Trial {
  readonly cell: Cell;
  /** Which repetition of its cell this is, from 0. */
  readonly repetition: number;
  /** Length of a variable that is added to the environment of the peers. */
  readonly environmentBytes: number;
}

/** A frozen plan: cells, and their trials in the order in which they are carried out. */
export interface Plan {
  readonly seed: number;
  readonly durationNs: number;
  readonly warmupNs: number;
  /** With a target precision the most that a cell may have. */
  readonly trialsPerCell: number;
  /** Trials that a cell has at least before it is looked at; as `trialsPerCell` without a target. */
  readonly minTrials: number;
  /** Relative half-width of the interval at which a cell has enough; null = a fixed number. */
  readonly precision: number | null;
  /** Whose interval that is. */
  readonly precisionOf: PrecisionOf;
  /** After so much measuring no cell that has a trial gets another; null = no limit. */
  readonly maxTimeNs: number | null;
  /** A trial that takes longer than this is ended and counts as failed. */
  readonly timeLimitNs: number;
  /** The peers count performance events over the timed window. */
  readonly counters: boolean;
  readonly cells: readonly Cell[];
  /**
   * Interleaved: each block holds every cell once, in a seeded random order. Cells that have
   * enough are passed over when the plan is carried out.
   */
  readonly trials: readonly Trial[];
  /**
   * The null probe's cell, by its index: what the harness itself costs. `shown` = it was asked
   * for and is a row of the results; else it only serves the footnote. Null = not compiled.
   */
  readonly harness: { readonly cell: number; readonly shown: boolean } | null;
}
