import { bad, type Check, type Judgement, missing, ok, percent, warn } from './check.js';
import type { MachineFacts } from './environment.js';

/** Shares of the allowed processors' time. A tick of 200 ms on two processors is 2.5 %. */
const BUSY_WARN = 0.05;
const BUSY_BAD = 0.25;
const STEAL_WARN = 0.005;
const STEAL_BAD = 0.05;
/** Load average per processor: what ran in the last minute. */
const LOAD_WARN = 0.25;
const LOAD_BAD = 0.75;
/** Device interrupts per second; each costs a few microseconds. */
const INTERRUPTS_WARN = 1000;
const INTERRUPTS_BAD = 20_000;
/** Below this, rings and pages that probes or tracers lock may be refused. */
const MEMLOCK_BYTES = 8 * 1024 * 1024;

/** What else goes on, and what the kernel allows. */
export const SYSTEM_CHECKS: readonly Check[] = [
  {
    name: 'other work',
    effect: 'Other processes take the processor, the caches and the memory bus from the peers.',
    judge: judgeBusy,
  },
  {
    name: 'load average',
    effect: 'What ran in the last minute may run again during a trial.',
    judge: judgeLoad,
  },
  {
    name: 'steal time',
    effect: 'While the hypervisor runs somebody else, clocks go on: the time is in the samples.',
    judge: judgeSteal,
  },
  {
    name: 'virtualisation',
    effect:
      'Wake-ups between processors and timers cost an exit to the hypervisor: blocking waits are dearer than on bare metal.',
    judge: ({ virtualisation }) => {
      if (virtualisation === null) return missing("the processor's flags");
      return virtualisation === 'none'
        ? ok('none')
        : warn(virtualisation, 'Say so beside figures; compare within this machine only.');
    },
  },
  {
    name: 'processor quota',
    effect: 'Once the quota of a period is used up, the peers stand still until the next one.',
    judge: ({ cpu_quota: quota }) => {
      if (quota === null) return missing("the control group's quota");
      if (quota === 'none') return ok('none');
      const text = `${Number(quota.toFixed(2))} processors`;
      // Two peers that spin need two; a little more keeps ipcbench itself from taking theirs.
      return quota < 2
        ? bad(text, 'Give the container or service two processors or more, or none to count.')
        : warn(text, 'Measure without a quota where tails matter.');
    },
  },
  {
    name: 'swap',
    effect: 'A page that has to be read back takes milliseconds, in whichever sample it happens.',
    judge: judgeSwap,
  },
  {
    name: 'transparent huge pages',
    effect: 'With always, the kernel moves and merges pages of the peers while they are measured.',
    judge: ({ transparent_hugepages: setting }) => {
      if (setting === null) return missing('transparent_hugepage/enabled');
      return setting === 'always'
        ? warn('always', 'As root: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled')
        : ok(setting);
    },
  },
  {
    name: 'address randomisation',
    effect:
      'With it each trial has another layout, and the interval covers the difference; without it all trials share one layout, whose luck no interval shows.',
    judge: judgeRandomisation,
  },
  {
    name: 'interrupts',
    effect:
      'A device interrupt on a measured processor adds microseconds to the tail, and wakes it.',
    judge: judgeInterrupts,
  },
  {
    name: 'perf events',
    effect: 'None on times; it decides whether hardware counters can split user and system time.',
    judge: ({ perf_event_paranoid: level, may_count_events: privileged }) => {
      if (level === null) return missing('perf_event_paranoid');
      if (privileged || level <= 1) return ok(`paranoid ${level}, kernel and user may be counted`);
      const advice = 'As root: sysctl kernel.perf_event_paranoid=1';
      return level === 2
        ? warn('paranoid 2, only user mode may be counted', advice)
        : warn(`paranoid ${level}, nothing may be counted`, advice);
    },
  },
  {
    name: 'locked memory',
    effect: 'None on times; mechanisms and tracers that lock pages fail beyond it.',
    judge: ({ memlock_bytes: limit }) => {
      if (limit === null) return missing('the limit of locked memory');
      if (limit === 'unlimited') return ok(limit);
      const text = `${Math.floor(limit / 1024)} KiB`;
      return limit < MEMLOCK_BYTES ? warn(text, 'ulimit -l unlimited') : ok(text);
    },
  },
];

function judgeBusy({ activity }: MachineFacts): Judgement {
  const busy = activity?.busy ?? null;
  if (activity === null || busy === null) return missing('/proc/stat');
  const text = `${percent(busy)} of the allowed processors, over ${activity.interval_ms} ms`;
  const advice = 'Stop what else runs (top shows it), or choose idle processors with taskset -c.';
  if (busy > BUSY_BAD) return bad(text, advice);
  return busy > BUSY_WARN ? warn(text, advice) : ok(text);
}

function judgeLoad({ loadavg, cpus_online: online, activity }: MachineFacts): Judgement {
  const [minute] = loadavg ?? [];
  if (minute === undefined) return missing('/proc/loadavg');
  const processors = Math.max(1, online?.length ?? 1);
  const load = minute / processors;
  const text = `${minute} over a minute, on ${processors === 1 ? '1 processor' : `${processors} processors`}`;
  const advice = 'Wait for a quiet minute, and look again.';
  // What runs now is judged by itself where it is known: a load average lags by a minute.
  if (load > LOAD_BAD && (activity?.busy ?? null) === null) return bad(text, advice);
  return load > LOAD_WARN ? warn(text, advice) : ok(text);
}

function judgeSteal({ activity, virtualisation }: MachineFacts): Judgement {
  if (virtualisation === 'none') return ok('none: no hypervisor');
  const now = activity?.steal ?? null;
  if (activity === null || now === null) return missing('/proc/stat');
  const ever = activity.steal_since_boot ?? 0;
  const text = `${percent(now)} over ${activity.interval_ms} ms, ${percent(ever)} since the start`;
  const advice =
    'Measure when the host is quiet, or on processors of your own (a dedicated instance).';
  if (now > STEAL_BAD || ever > STEAL_BAD) return bad(text, advice);
  return now > STEAL_WARN || ever > STEAL_WARN ? warn(text, advice) : ok(text);
}

function judgeSwap({ swap, activity }: MachineFacts): Judgement {
  if (swap === null) return missing('/proc/swaps');
  if (swap.total_kib === 0) return ok('none');
  const moved = activity?.swapped_pages ?? null;
  if (moved === null) return missing('/proc/vmstat');
  const advice = 'Free memory, or as root: swapoff -a';
  if (moved > 0) return bad(`${moved} pages moved while watched`, advice);
  const used = `${swap.used_kib} of ${swap.total_kib} KiB used`;
  return swap.used_kib > 0 ? warn(used, advice) : ok(used);
}

function judgeRandomisation({ aslr, aslr_off_here: offHere }: MachineFacts): Judgement {
  if (aslr === null) return missing('randomize_va_space');
  if (aslr === 0) return warn('off for all', 'As root: sysctl kernel.randomize_va_space=2');
  if (offHere === null) return missing('/proc/self/personality');
  if (offHere) return warn('off for ipcbench and its peers', 'Start it without setarch -R.');
  return aslr === 1
    ? warn('in part: the heap is where it was', 'As root: sysctl kernel.randomize_va_space=2')
    : ok('full');
}

function judgeInterrupts({ irqs, activity }: MachineFacts): Judgement {
  const rate = activity?.interrupts_per_s ?? null;
  if (rate === null) return missing('/proc/interrupts');
  const where =
    irqs === null ? '' : `; ${irqs.here} of ${irqs.total} may come to the allowed processors`;
  const text = `${Math.round(rate)}/s from devices${where}`;
  const advice = 'ipcbench tune --cpus LIST keeps them from the measured processors.';
  if (rate > INTERRUPTS_BAD) return bad(text, advice);
  return rate > INTERRUPTS_WARN ? warn(text, advice) : ok(text);
}
