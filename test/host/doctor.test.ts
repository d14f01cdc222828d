import { afterEach, describe, expect, it } from 'vitest';
import type { Activity } from '../../src/host/activity.js';
import { cpuList, percent } from '../../src/host/check.js';
import { diagnose, isUntrustworthy } from '../../src/host/doctor.js';
import { type MachineFacts, readHostFacts, readMachineFacts } from '../../src/host/environment.js';
import { FakeHost, type HostTree, QUIET_HOST } from '../fixtures/host.js';

let host: FakeHost | undefined;
afterEach(() => host?.remove());

/** The counters don't move in a made-up tree; what they say is set. */
const IDLE: Activity = {
  interval_ms: 1000,
  busy: 0.01,
  steal: 0,
  steal_since_boot: 0,
  interrupts_per_s: 50,
  swapped_pages: 0,
  throttled: 0,
  throttled_since_boot: 0,
};

function factsOf(changes: HostTree = {}, activity: Partial<Activity> = {}) {
  host?.remove();
  host = new FakeHost({ ...QUIET_HOST, ...changes });
  const facts = readMachineFacts(null, { root: host.root, watchMs: 1 });
  return { ...facts, activity: { ...IDLE, ...activity } };
}

function verdictOf(check: string, facts: MachineFacts) {
  return diagnose(facts).find((finding) => finding.check === check)?.verdict;
}

const CPU = 'sys/devices/system/cpu';

describe('diagnose', () => {
  it('has nothing against a quiet machine', () => {
    const findings = diagnose(factsOf());
    expect(findings.map(({ check, verdict }) => [check, verdict])).toEqual(
      findings.map(({ check }) => [check, 'ok']),
    );
    expect(findings.every(({ advice }) => advice === null)).toBe(true);
    expect(isUntrustworthy(findings)).toBe(false);
  });

  it('passes nothing of a machine whose files are missing', () => {
    host = new FakeHost({});
    const facts = readMachineFacts(null, { root: host.root, watchMs: 1 });
    expect(facts.activity).toBeNull();
    for (const { check, verdict, reason } of diagnose(facts)) {
      expect([check, verdict]).toEqual([check, 'not available']);
      expect(reason).toMatch(/can't be read$/);
    }
  });

  it.each<[string, string, HostTree]>([
    ['governor', 'warn', { [`${CPU}/cpu0/cpufreq/scaling_governor`]: 'schedutil' }],
    ['turbo', 'warn', { [`${CPU}/intel_pstate/no_turbo`]: '0' }],
    ['smt', 'warn', { [`${CPU}/smt/control`]: 'on' }],
    [
      'power',
      'warn',
      {
        'sys/class/power_supply/AC/online': '0',
        'sys/class/power_supply/B/type': 'Battery',
        'sys/class/power_supply/B/status': 'Discharging',
      },
    ],
    ['power', 'not available', { 'sys/class/power_supply/AC/online': '0' }],
    ['mitigations', 'warn', { 'proc/cmdline': 'quiet mitigations=off' }],
    ['mitigations', 'ok', { 'proc/cmdline': null }],
    ['isolated processors', 'warn', { [`${CPU}/isolated`]: '3,4' }],
    ['isolated processors', 'ok', { [`${CPU}/isolated`]: '2-3' }],
    ['cpuset', 'warn', { 'proc/self/status': 'Cpus_allowed_list:\t2\n' }],
    [
      'clocksource',
      'warn',
      { 'sys/devices/system/clocksource/clocksource0/current_clocksource': 'kvm-clock' },
    ],
    [
      'clocksource',
      'bad',
      { 'sys/devices/system/clocksource/clocksource0/current_clocksource': 'hpet' },
    ],
    ['virtualisation', 'warn', { 'proc/cpuinfo': 'flags\t: fpu hypervisor\n' }],
    ['processor quota', 'bad', { 'sys/fs/cgroup/user.slice/cpu.max': '150000 100000' }],
    ['processor quota', 'warn', { 'sys/fs/cgroup/user.slice/cpu.max': '400000 100000' }],
    ['swap', 'warn', { 'proc/swaps': 'Filename Type Size Used Priority\n/s file 100 5 -2\n' }],
    ['swap', 'ok', { 'proc/swaps': 'Filename Type Size Used Priority\n/s file 100 0 -2\n' }],
    [
      'transparent huge pages',
      'warn',
      { 'sys/kernel/mm/transparent_hugepage/enabled': '[always] madvise never' },
    ],
    ['address randomisation', 'warn', { 'proc/sys/kernel/randomize_va_space': '0' }],
    ['address randomisation', 'warn', { 'proc/sys/kernel/randomize_va_space': '1' }],
    ['address randomisation', 'warn', { 'proc/self/personality': '00040000' }],
    ['address randomisation', 'not available', { 'proc/self/personality': null }],
    ['perf events', 'warn', { 'proc/sys/kernel/perf_event_paranoid': '2' }],
    ['perf events', 'ok', { 'proc/sys/kernel/perf_event_paranoid': '-1' }],
    [
      'perf events',
      'ok',
      {
        'proc/sys/kernel/perf_event_paranoid': '4',
        'proc/self/status': 'Cpus_allowed_list:\t0-3\nCapEff:\t0000004000000000\n',
      },
    ],
    ['locked memory', 'warn', { 'proc/self/limits': 'Max locked memory  65536  65536  bytes' }],
    ['load average', 'warn', { 'proc/loadavg': '9.50 1 1 1/1 1' }],
  ])('%s is %s with %j', (check, verdict, tree) => {
    const facts = factsOf(tree);
    expect(verdictOf(check, facts)).toBe(verdict);
    const finding = diagnose(facts).find((one) => one.check === check);
    expect(finding?.advice === null).toBe(verdict === 'ok' || verdict === 'not available');
  });

  it.each<[string, string, Partial<NonNullable<typeof IDLE>>]>([
    ['other work', 'warn', { busy: 0.1 }],
    ['other work', 'bad', { busy: 0.5 }],
    ['other work', 'not available', { busy: null }],
    ['interrupts', 'warn', { interrupts_per_s: 5000 }],
    ['interrupts', 'bad', { interrupts_per_s: 50_000 }],
    ['throttling', 'bad', { throttled: 1, throttled_since_boot: 1 }],
    ['throttling', 'warn', { throttled_since_boot: 4 }],
    ['throttling', 'not available', { throttled: null, throttled_since_boot: null }],
  ])('%s is %s with %j', (check, verdict, activity) => {
    const facts = factsOf({}, activity);
    expect(verdictOf(check, facts)).toBe(verdict);
    expect(isUntrustworthy(diagnose(facts))).toBe(verdict === 'bad');
  });

  it.each<[string, Partial<NonNullable<typeof IDLE>>]>([
    ['ok', {}],
    ['warn', { steal: 0.01 }],
    ['warn', { steal_since_boot: 0.02 }],
    ['bad', { steal: 0.1 }],
    ['not available', { steal: null }],
  ])('steal time of a guest is %s with %j', (verdict, activity) => {
    const guest = factsOf({ 'proc/cpuinfo': 'flags\t: hypervisor\n' }, activity);
    expect(verdictOf('steal time', guest)).toBe(verdict);
  });

  it('takes a high load average as bad where what runs now is not known', () => {
    const facts = factsOf({ 'proc/loadavg': '9.50 1 1 1/1 1' }, { busy: null });
    expect(verdictOf('load average', facts)).toBe('bad');
  });

  it('takes pages that move to swap as bad, and unknown ones not as fine', () => {
    const swaps = { 'proc/swaps': 'Filename Type Size Used Priority\n/s file 100 0 -2\n' };
    expect(verdictOf('swap', factsOf(swaps, { swapped_pages: 3 }))).toBe('bad');
    expect(verdictOf('swap', factsOf(swaps, { swapped_pages: null }))).toBe('not available');
  });

  it('sees governors that differ', () => {
    const facts = factsOf({ [`${CPU}/cpu1/cpufreq/scaling_governor`]: 'powersave' });
    const finding = diagnose(facts).find(({ check }) => check === 'governor');
    expect(finding?.reason).toBe('not the same everywhere: performance, powersave');
  });
});

describe('readHostFacts', () => {
  it('stores verdicts and reasons with the facts', () => {
    host = new FakeHost(QUIET_HOST);
    const facts = readHostFacts('gcc', { root: host.root, watchMs: 1 });
    const governor = facts.doctor.find(({ check }) => check === 'governor');
    expect(governor).toEqual({ check: 'governor', verdict: 'ok', reason: 'performance' });
    expect(facts.doctor).toHaveLength(diagnose(facts).length);
    expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
  });

  it('reads this machine: shares are shares, and what is known is plausible', () => {
    const { activity, cpus_online: online } = readMachineFacts(null, { watchMs: 100 });
    expect(activity?.interval_ms).toBeGreaterThanOrEqual(99);
    expect(activity?.busy ?? 0).toBeGreaterThanOrEqual(0);
    expect(activity?.busy ?? 0).toBeLessThanOrEqual(1);
    expect(online?.length ?? 1).toBeGreaterThanOrEqual(1);
  });
});

describe('the words', () => {
  it('write lists as the kernel does', () => {
    expect(cpuList([3, 0, 1, 2, 8])).toBe('0-3,8');
    expect(cpuList([])).toBe('');
  });

  it('write percentages', () => {
    expect(percent(0.004)).toBe('0.4 %');
    expect(percent(0.25)).toBe('25 %');
  });
});
