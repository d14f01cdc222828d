import { bad, type Check, cpuList, type Judgement, missing, ok, warn } from './check.js';
import type { MachineFacts } from './environment.js';

/** Clocks that a program reads without entering the kernel, at the processor's own rate. */
const GOOD_CLOCKS = new Set(['tsc', 'arch_sys_counter', 'timebase', 'riscv_clocksource', 'tod']);
/** Clocks of a hypervisor, read in user mode as a rule. */
const FAIR_CLOCKS = new Set(['kvm-clock', 'xen', 'hyperv_clocksource_tsc_page']);
/** Governors that hold one frequency. */
const STEADY_GOVERNORS = new Set(['performance', 'userspace']);

/** What the processors are and how they are set. */
export const PROCESSOR_CHECKS: readonly Check[] = [
  {
    name: 'clocksource',
    effect:
      'Each reading of a slow clock adds up to microseconds to a sample, and few of its steps fit into one.',
    judge: ({ clocksource }) => {
      if (clocksource === null) return missing('current_clocksource');
      if (GOOD_CLOCKS.has(clocksource)) return ok(clocksource);
      if (FAIR_CLOCKS.has(clocksource)) {
        return warn(
          `${clocksource}, the hypervisor's`,
          'Where the TSC is stable: echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource',
        );
      }
      return bad(
        `${clocksource}, read by a system call or from a device`,
        'See in dmesg why the kernel gave up the TSC; boot with clocksource=tsc where it is stable.',
      );
    },
  },
  {
    name: 'governor',
    effect:
      'A governor that lowers the frequency of an idle processor makes a blocking wait dearer than a spinning one.',
    judge: ({ governor }) => {
      if (governor === null) return missing('scaling_governor');
      const advice = 'ipcbench tune, or as root: cpupower frequency-set -g performance';
      if (governor.includes(',')) return warn(`not the same everywhere: ${governor}`, advice);
      return STEADY_GOVERNORS.has(governor) ? ok(governor) : warn(governor, advice);
    },
  },
  {
    name: 'turbo',
    effect:
      'With boost the frequency depends on temperature and on what other cores do, so that trials drift.',
    judge: ({ turbo }) => {
      if (turbo === null) return missing('no_turbo or boost');
      return turbo === 'off'
        ? ok('off')
        : warn('on', 'ipcbench tune switches it off until --restore.');
    },
  },
  {
    name: 'smt',
    effect:
      'Two hyper-threads share a core: work on one slows the other, and placements differ by it.',
    judge: ({ smt }) => {
      if (smt === null) return missing('smt/control');
      return smt === 'on'
        ? warn(
            'on',
            'Keep the siblings idle, or as root: echo off > /sys/devices/system/cpu/smt/control',
          )
        : ok(smt);
    },
  },
  {
    name: 'throttling',
    effect: 'A processor that is slowed down for its temperature measures its cooling.',
    judge: ({ activity }) => {
      const now = activity?.throttled ?? null;
      if (now === null) return missing('thermal_throttle');
      if (now > 0) return bad(`${now} times while watched`, 'Let it cool down; see to its fans.');
      const before = activity?.throttled_since_boot ?? 0;
      return before > 0
        ? warn(
            `not now, ${before} times since the start`,
            'Watch it under load, with pauses between runs.',
          )
        : ok('never');
    },
  },
  {
    name: 'power',
    effect: 'On battery, firmware lowers frequencies without telling the kernel.',
    judge: ({ power }) => {
      if (power === null) return missing('power_supply');
      return power === 'mains' ? ok('mains') : warn('battery', 'Plug it in.');
    },
  },
  {
    name: 'mitigations',
    effect:
      'Each entry to the kernel pays for them: figures compare only between machines that have the same.',
    judge: judgeMitigations,
  },
  {
    name: 'isolated processors',
    effect:
      'Whatever the scheduler puts on a measured processor is in the tail of its round trips.',
    judge: ({ cpus_isolated: isolated, cpus_allowed: allowed }) => {
      if (isolated === null) return missing('isolated');
      if (isolated.length === 0) return ok('none; the scheduler uses them all');
      const unused = isolated.filter((cpu) => !(allowed ?? []).includes(cpu));
      return unused.length > 0
        ? warn(
            `${cpuList(isolated)}, not used`,
            `Use them: taskset -c ${cpuList(isolated)} ipcbench ...`,
          )
        : ok(cpuList(isolated));
    },
  },
  {
    name: 'cpuset',
    effect:
      'On one processor both peers take turns, and a peer that spins keeps the other from answering.',
    judge: ({ cpus_allowed: allowed, cpus_online: online }) => {
      if (allowed === null) return missing('Cpus_allowed_list');
      if (allowed.length < 2) {
        return warn(
          `only processor ${cpuList(allowed)} may be used`,
          'Allow two, as in: taskset -c 0,1 ipcbench ...',
        );
      }
      const of = online === null ? '' : ` of ${cpuList(online)} online`;
      return ok(`${cpuList(allowed)}${of}`);
    },
  },
];

function judgeMitigations({ mitigations, mitigations_option: option }: MachineFacts): Judgement {
  if (mitigations === null) return missing('vulnerabilities');
  const states = Object.values(mitigations);
  const mitigated = states.filter((state) => state.startsWith('Mitigation')).length;
  const open = states.filter((state) => state.startsWith('Vulnerable')).length;
  const counts = `${mitigated} in effect, ${open} open`;
  if (option === 'off') {
    return warn(
      `${counts}; switched off at boot (mitigations=off)`,
      'Say so beside figures, or boot without mitigations=off.',
    );
  }
  return ok(option === null || option === 'default' ? counts : `${counts}; mitigations=${option}`);
}
