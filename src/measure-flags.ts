import { Flags } from '@oclif/core';

/** Flags of every command that measures. Their values are checked by src/plan/settings.ts. */
export const measureFlags = {
  size: Flags.string({
    char: 's',
    description: 'payload sizes: 1,64,4k,1m or a range of powers of two: 1..1m [default: 1,4k,64k]',
    helpValue: 'LIST',
  }),
  placement: Flags.string({
    char: 'p',
    description: 'where the peers run: free, same-core, two-cores, or several [default: free]',
    helpValue: 'LIST',
  }),
  wait: Flags.string({
    char: 'w',
    description: 'how a peer waits: block, spin, adaptive, or several [default: block]',
    helpValue: 'LIST',
  }),
  trials: Flags.string({
    char: 'n',
    description: 'fresh pairs of processes per cell [default: 5]',
    helpValue: 'N',
  }),
  duration: Flags.string({
    char: 'd',
    description: 'timed window of a trial: 100us, 500ms, 2s [default: 500ms]',
    helpValue: 'TIME',
  }),
  warmup: Flags.string({
    description: 'untimed operations before it [default: 100ms]',
    helpValue: 'TIME',
  }),
  seed: Flags.string({
    description: 'seed of the order of trials and of the bootstrap [default: random, recorded]',
    helpValue: 'N',
  }),
  quick: Flags.boolean({
    char: 'q',
    description: 'a first look: sizes 1,4k, 3 trials of 100ms (other flags win)',
  }),
  output: Flags.string({
    char: 'o',
    description: 'save the result to this file instead of the directory of results',
    helpValue: 'FILE',
  }),
};
