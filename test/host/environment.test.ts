import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  bracketed,
  parseLoad,
  parseTurbo,
  parseVirtualisation,
  readHostFacts,
} from '../../src/host/environment.js';

describe('readHostFacts', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ipcbench-environment-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('says null for every file that is missing', () => {
    expect(readHostFacts(null, root)).toMatchObject({
      distribution: null,
      cpus_allowed: null,
      compiler: null,
      clocksource: null,
      governor: null,
      turbo: null,
      mitigations: null,
      virtualisation: null,
      loadavg: null,
      aslr: null,
      transparent_hugepages: null,
    });
  });

  it('reads what is there', () => {
    const files = {
      'etc/os-release': 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12"\n',
      'proc/self/status': 'Cpus_allowed_list:\t0-1\n',
      'proc/cpuinfo': 'model name\t: Example CPU\nflags\t\t: fpu hypervisor sse\n',
      'proc/loadavg': '0.50 0.25 0.10 1/100 1234\n',
      'proc/sys/kernel/randomize_va_space': '2\n',
      'sys/kernel/mm/transparent_hugepage/enabled': 'always [madvise] never\n',
      'sys/devices/system/clocksource/clocksource0/current_clocksource': 'tsc\n',
      'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'powersave\n',
      'sys/devices/system/cpu/cpu1/cpufreq/scaling_governor': 'powersave\n',
      'sys/devices/system/cpu/intel_pstate/no_turbo': '1\n',
      'sys/devices/system/cpu/vulnerabilities/meltdown': 'Mitigation: PTI\n',
      'sys/class/dmi/id/sys_vendor': 'QEMU\n',
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    expect(readHostFacts('gcc 12', root)).toMatchObject({
      distribution: 'Debian GNU/Linux 12',
      cpu_model: 'Example CPU',
      cpus_allowed: [0, 1],
      compiler: 'gcc 12',
      clocksource: 'tsc',
      governor: 'powersave',
      turbo: 'off',
      mitigations: { meltdown: 'Mitigation: PTI' },
      virtualisation: 'hypervisor, QEMU',
      loadavg: [0.5, 0.25, 0.1],
      aslr: 2,
      transparent_hugepages: 'madvise',
    });
  });
});

describe('the parsers', () => {
  it('read turbo from either file', () => {
    expect(parseTurbo('0', null)).toBe('on');
    expect(parseTurbo(null, '0')).toBe('off');
    expect(parseTurbo(null, '1')).toBe('on');
    expect(parseTurbo(null, null)).toBeNull();
  });

  it('say "none" of virtualisation only where the flags are known', () => {
    expect(parseVirtualisation('flags\t: fpu\n', [null])).toBe('none');
    expect(parseVirtualisation('Features\t: fp\n', [null])).toBeNull();
    expect(parseVirtualisation(null, ['xen'])).toBe('xen');
  });

  it('say null for what they cannot read', () => {
    expect(bracketed('always')).toBeNull();
    expect(parseLoad('a b c')).toBeNull();
    expect(parseLoad('')).toBeNull();
  });
});
