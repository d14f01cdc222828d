import type { PrecisionOf } from './types.js';

/** Texts of the settings that every plan has. */
export interface DefaultTexts {
  readonly size: string;
  readonly trials: string;
  readonly duration: string;
  readonly warmup: string;
}

/** What a command measures where neither flags nor a named plan say. */
export interface Defaults {
  readonly usual: DefaultTexts;
  /** Under `--quick`. */
  readonly quick: DefaultTexts;
  /** Trials per cell at least where a target precision says when there are enough; 5 unless given. */
  readonly leastTrials?: number;
  /** Trials per cell at most there; 50 unless given. */
  readonly mostTrials?: number;
  /** Of what the interval is to be that narrow; of each cell's median unless given. */
  readonly precisionOf?: PrecisionOf;
}

/** Long windows: percentiles far out need many samples. */
export const RUN_DEFAULTS: Defaults = {
  usual: { size: '1,4k,64k', trials: '5', duration: '500ms', warmup: '100ms' },
  quick: { size: '1,4k', trials: '3', duration: '100ms', warmup: '30ms' },
};

/** Many short blocks: docs/decisions/0004-paired-within-blocks.md. */
export const COMPARE_DEFAULTS: Defaults = {
  usual: { size: '1,4k,64k', trials: '101', duration: '20ms', warmup: '10ms' },
  quick: { size: '1,4k', trials: '17', duration: '10ms', warmup: '8ms' },
  // The fewest blocks of which the sign test has an interval.
  leastTrials: 6,
  mostTrials: 500,
  precisionOf: 'ratio',
};

/** Windows long enough for some hundred samples each. */
export const PROFILE_DEFAULTS: Defaults = {
  usual: { size: '1', trials: '5', duration: '500ms', warmup: '50ms' },
  quick: { size: '1', trials: '3', duration: '200ms', warmup: '30ms' },
};
