import { normalDeviate } from '../../src/stats/deviates.js';
import type { Pair } from '../../src/stats/paired.js';
import { median } from '../../src/stats/quantile.js';
import { createRandom, type Random } from '../../src/stats/random.js';

/** Trials of a made-up mechanism. */
interface Population {
  readonly name: string;
  /** The median of one trial's samples. */
  readonly trial: (random: Random) => number;
}

const SAMPLES = 41;

const exponential = (random: Random) => -Math.log(1 - random.float());

function trialOf(sample: (index: number) => number): number {
  const samples = new Float64Array(SAMPLES);
  for (let i = 0; i < SAMPLES; i++) samples[i] = sample(i);
  return median(samples);
}

/** Round trips from a floor on, with a long tail; so are the trials. */
const skewed: Population = {
  name: 'skewed',
  trial: (random) => {
    const level = 1000 * Math.exp(0.1 * exponential(random));
    return trialOf(() => level * (0.9 + 0.3 * exponential(random)));
  },
};

/** Two levels in every trial, in shares that differ from trial to trial: its median is on either. */
const bimodalSamples: Population = {
  name: 'bimodal within trials',
  trial: (random) => {
    const far = 0.1 + 0.6 * random.float();
    return trialOf(() => (random.float() < far ? 1300 : 1000) * (1 + 0.03 * normalDeviate(random)));
  },
};

/** Three trials of ten are slower throughout, as with an unlucky placement. */
const bimodalTrials: Population = {
  name: 'bimodal between trials',
  trial: (random) => {
    const level = random.float() < 0.3 ? 1300 : 1000;
    return trialOf(() => level * (1 + 0.1 * exponential(random)));
  },
};

/** Each sample is close to the one before it. */
const autocorrelated: Population = {
  name: 'autocorrelated within trials',
  trial: (random) => {
    let state = normalDeviate(random);
    return trialOf(() => {
      state = 0.9 * state + Math.sqrt(1 - 0.81) * normalDeviate(random);
      return 1000 * Math.exp(0.2 * state);
    });
  },
};

const POPULATIONS: readonly Population[] = [skewed, bimodalSamples, bimodalTrials, autocorrelated];

/** Very many trials of a population, which stand for it: drawn from again and again. */
export interface Reservoir {
  readonly name: string;
  /** The median of all of them: what an interval should hold. */
  readonly median: number;
  readonly draw: (random: Random) => number;
}

export const RESERVOIRS: readonly Reservoir[] = POPULATIONS.map(({ name, trial }) => {
  const random = createRandom(7);
  const pool = Float64Array.from({ length: 20_001 }, () => trial(random));
  const draw = (from: Random) => pool[from.below(pool.length)] as number;
  return { name, median: median(pool), draw };
});

/** Two mechanisms that take equally long, measured in blocks. */
export interface Blocked {
  readonly name: string;
  readonly draw: (blocks: number, random: Random) => Pair[];
}

/** The same neighbour for both trials of a block, unless it comes or goes between them. */
function inStates(blocks: number, random: Random): Pair[] {
  let slow = random.float() < 0.35;
  const trial = () => {
    if (random.float() < 0.1) slow = !slow;
    return (slow ? 8500 : 6200) * (1 + 0.01 * normalDeviate(random));
  };
  return Array.from({ length: blocks }, (): Pair => [trial(), trial()]);
}

/** A level that wanders from block to block. */
function drifting(blocks: number, random: Random): Pair[] {
  let state = normalDeviate(random);
  const trial = () => 1000 * Math.exp(0.2 * state + 0.02 * normalDeviate(random));
  return Array.from({ length: blocks }, (): Pair => {
    state = 0.95 * state + Math.sqrt(1 - 0.95 ** 2) * normalDeviate(random);
    return [trial(), trial()];
  });
}

export const BLOCKED: readonly Blocked[] = [
  ...RESERVOIRS.map(({ name, draw }) => ({
    name: `${name}, nothing in common within a block`,
    draw: (blocks: number, random: Random) =>
      Array.from({ length: blocks }, (): Pair => [draw(random), draw(random)]),
  })),
  { name: 'two levels, shared within a block', draw: inStates },
  { name: 'a drift over the blocks', draw: drifting },
];
