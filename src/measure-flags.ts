import { Flags } from '@oclif/core';
import type { Defaults, DefaultTexts } from './plan/defaults.js';
import { STOPPING_MAX_TRIALS, STOPPING_MIN_TRIALS } from './stats/stopping.js';

const LIST = 'LIST';

/** Where the peers are and how they wait: for every pattern. */
const cellFlags = ({ size }: DefaultTexts) => ({
  pattern: Flags.string({
    description:
      'what an operation is: echo, stream, connect, rpc, load, or several [default: echo]',
    helpValue: LIST,
  }),
  size: Flags.string({
    char: 's',
    description: `payload sizes: 1,64,4k,1m or a range of powers of two: 1..1m [default: ${size}]`,
    helpValue: LIST,
  }),
  placement: Flags.string({
    char: 'p',
    description:
      'where the peers run: free, same-core, two-cores, smt, two-sockets, all (each pair of processors), or several [default: free]',
    helpValue: LIST,
  }),
  wait: Flags.string({
    char: 'w',
    description: 'how a peer waits: block, spin, adaptive, or several [default: block]',
    helpValue: LIST,
  }),
});

const parameterFlags = {
  'reply-size': Flags.string({
    description: 'rpc, load: payload of the reply [default: as the request]',
    helpValue: LIST,
    helpGroup: 'PATTERN',
  }),
  'service-time': Flags.string({
    description: 'rpc, load: work in the server per request: 10us,1ms [default: none]',
    helpValue: LIST,
    helpGroup: 'PATTERN',
  }),
  rate: Flags.string({
    description: 'load: requests per second: 500,10k or 10k/s [default: 1k]',
    helpValue: LIST,
    helpGroup: 'PATTERN',
  }),
  arrivals: Flags.string({
    description: 'load: gaps between requests: even, poisson, or both [default: even]',
    helpValue: LIST,
    helpGroup: 'PATTERN',
  }),
  window: Flags.string({
    description: "stream: messages that may be outstanding [default: the mechanism's own limit]",
    helpValue: LIST,
    helpGroup: 'PATTERN',
  }),
  backlog: Flags.string({
    description: 'connect: connections that may wait to be accepted [default: 128]',
    helpValue: LIST,
    helpGroup: 'PATTERN',
  }),
};

const optionFlags = {
  calls: Flags.string({
    description:
      'sockets: read-write, readv-writev, send-recv, sendto-recvfrom, sendmsg-recvmsg, or several',
    helpValue: LIST,
    helpGroup: 'PROBE OPTION',
  }),
  sndbuf: Flags.string({
    description: 'sockets: send buffer, SO_SNDBUF (high watermark), in bytes: 4k,64k',
    helpValue: LIST,
    helpGroup: 'PROBE OPTION',
  }),
  rcvbuf: Flags.string({
    description: 'sockets: receive buffer, SO_RCVBUF (high watermark), in bytes',
    helpValue: LIST,
    helpGroup: 'PROBE OPTION',
  }),
  rcvlowat: Flags.string({
    description: 'sockets: low watermark of receiving, SO_RCVLOWAT, in bytes',
    helpValue: LIST,
    helpGroup: 'PROBE OPTION',
  }),
  chunk: Flags.string({
    description: 'descriptors: bytes per call at most, so that a message takes several',
    helpValue: LIST,
    helpGroup: 'PROBE OPTION',
  }),
  'pipe-size': Flags.string({
    description: 'pipes: capacity, F_SETPIPE_SZ, in bytes',
    helpValue: LIST,
    helpGroup: 'PROBE OPTION',
  }),
  ready: Flags.string({
    description: 'descriptors: wait for readiness by poll, select, epoll; none, or several',
    helpValue: LIST,
    helpGroup: 'PROBE OPTION',
  }),
  address: Flags.string({
    description: 'unix sockets: named by path, abstract, or both',
    helpValue: LIST,
    helpGroup: 'PROBE OPTION',
  }),
  procedure: Flags.string({
    description: 'onc-rpc: procedure null, opaque, or both',
    helpValue: LIST,
    helpGroup: 'PROBE OPTION',
  }),
  descriptors: Flags.string({
    description: 'doors: descriptors passed with each call, 0 to 1024: 0,1,16',
    helpValue: LIST,
    helpGroup: 'PROBE OPTION',
  }),
  threads: Flags.string({
    description: 'doors: threads of the client that call at once, 1 to 256: 1,2,4 or 1..64',
    helpValue: LIST,
    helpGroup: 'PROBE OPTION',
  }),
  handoff: Flags.string({
    description: 'doors: how a sleeper is woken: futex, seccomp (user notification), or both',
    helpValue: LIST,
    helpGroup: 'PROBE OPTION',
  }),
  buffers: Flags.string({
    description:
      'doors: arguments’ buffers are freed early (once copied), on hold (until the return), or both',
    helpValue: LIST,
    helpGroup: 'PROBE OPTION',
  }),
  exhausted: Flags.string({
    description: 'doors: without a free buffer a call makes more (grow), waits, fails, or several',
    helpValue: LIST,
    helpGroup: 'PROBE OPTION',
  }),
  asleep: Flags.string({
    description: 'doors: the procedure sleeps so long in each call: 0s,10ms',
    helpValue: LIST,
    helpGroup: 'PROBE OPTION',
  }),
  transport: Flags.string({
    description: 'fast-sockets: what carries the bytes: mmap-sem, mmap-doors, doors, or several',
    helpValue: LIST,
    helpGroup: 'PROBE OPTION',
  }),
};

/** How often and how long. */
const timingFlags = ({
  usual: { trials, duration, warmup },
  leastTrials = STOPPING_MIN_TRIALS,
  mostTrials = STOPPING_MAX_TRIALS,
  precisionOf = 'median',
}: Defaults) => ({
  trials: Flags.string({
    char: 'n',
    description: `fresh pairs of processes per cell; with --precision at least so many [default: ${trials}, ${leastTrials} with --precision]`,
    helpValue: 'N',
  }),
  precision: Flags.string({
    description: `go on until the 95 % interval of each ${precisionOf} is within this share of it: 1%, 0.5% [default: none]`,
    helpValue: 'SHARE',
  }),
  'max-trials': Flags.string({
    description: `with --precision: trials per cell at most [default: ${mostTrials}]`,
    helpValue: 'N',
  }),
  'max-time': Flags.string({
    description: 'measure no longer than this: 30s, 10min, 2h; each cell has one trial at least',
    helpValue: 'TIME',
  }),
  duration: Flags.string({
    char: 'd',
    description: `timed window of a trial: 100us, 500ms, 2s [default: ${duration}]`,
    helpValue: 'TIME',
  }),
  warmup: Flags.string({
    description: `untimed operations before it [default: ${warmup}]`,
    helpValue: 'TIME',
  }),
  seed: Flags.string({
    description: 'seed of the order of trials and of the bootstrap [default: random, recorded]',
    helpValue: 'N',
  }),
});

const planFlags = {
  paper: Flags.boolean({
    description:
      'the plan paper: sizes 1..1m, two cores, 10 to 50 trials of 1s until within 1% (other flags win)',
    exclusive: ['plan', 'quick'],
  }),
  plan: Flags.string({
    description: 'a plan by its name: quick, paper, or one of the configuration file (flags win)',
    helpValue: 'NAME',
  }),
  config: Flags.string({
    description:
      'the configuration file [default: ipcbench.config.json or .js, here or in a folder above]',
    helpValue: 'FILE',
    dependsOn: ['plan'],
  }),
};

/** What becomes of it. */
const outcomeFlags = {
  'dry-run': Flags.boolean({
    description: 'show the plan and how long it would take, and measure nothing',
  }),
  output: Flags.string({
    char: 'o',
    description: 'save the result to this file instead of the directory of results',
    helpValue: 'FILE',
  }),
};

/** Of commands that print a table. */
export const columnsFlag = {
  columns: Flags.string({
    description:
      'figures of the table, in this order: median,user,system,bcopy,other; see docs/measuring.md',
    helpValue: LIST,
  }),
};

/** What is measured beside the operations. */
const costFlags = {
  counters: Flags.boolean({
    description:
      'have the peers count cycles, instructions, cache and TLB misses (perf_event_open)',
  }),
  'no-calibrate': Flags.boolean({
    description: 'do not measure first what copies and hand-offs cost here: no share of bcopy',
  }),
};

function quickFlag(description: string) {
  return Flags.boolean({
    char: 'q',
    description: `a first look: ${description} (other flags win)`,
  });
}

function trialsText({ trials, duration }: DefaultTexts): string {
  return `${trials} trials of ${duration}`;
}

/**
 * Flags of commands that measure what the person at the terminal chooses. Those that say what to
 * measure are strings here; their values are checked by src/plan/settings.ts, by the same names.
 *
 * @param defaults those of the command, for its help
 */
export const measureFlags = (defaults: Defaults) => ({
  ...cellFlags(defaults.usual),
  ...timingFlags(defaults),
  quick: quickFlag(`sizes ${defaults.quick.size}, ${trialsText(defaults.quick)}`),
  ...planFlags,
  ...costFlags,
  ...outcomeFlags,
  ...columnsFlag,
  ...parameterFlags,
  ...optionFlags,
});

/**
 * Flags of commands that know themselves what to measure.
 *
 * @param defaults those of the command, for its help
 */
export const fixedPlanFlags = (defaults: Defaults) => ({
  ...timingFlags(defaults),
  quick: quickFlag(trialsText(defaults.quick)),
  ...costFlags,
  ...outcomeFlags,
});
