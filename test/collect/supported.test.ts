import { describe, expect, it } from 'vitest';
import { bpftrace, bpftraceCommand } from '../../src/collect/bpftrace.js';
import { createCollectors } from '../../src/collect/registry.js';
import type { Tools } from '../../src/collect/tools.js';
import { COLLECTOR_NAMES } from '../../src/collect/types.js';

const ROOT = 'CapEff:\t000001ffffffffff\n';
const NOBODY = 'CapEff:\t0000000000000000\n';

interface Machine extends Partial<Tools> {
  readonly files?: Readonly<Record<string, string>>;
  readonly programs?: readonly string[];
}

/** A machine on which everything works, but for what is said. */
function machine({ files = {}, programs, ...rest }: Machine = {}): Tools {
  const tree: Readonly<Record<string, string>> = {
    '/proc/self/status': ROOT,
    '/proc/sys/kernel/perf_event_paranoid': '4\n',
    '/proc/kallsyms': 'ffffffff81000000 T _text\n',
    '/sys/kernel/tracing/events/header_page': 'field',
    ...files,
  };
  const found = programs ?? ['perf', 'bpftrace', 'strace', 'dtrace'];
  return {
    platform: 'linux',
    arch: 'x64',
    uid: 0,
    find: (program) => (found.includes(program) ? `/usr/bin/${program}` : null),
    read: (path) => tree[path] ?? null,
    link: () => 'pid:[4026531836]',
    run: () => ({ code: 0, stderr: '' }),
    ...rest,
  };
}

const unprivileged = { uid: 1000, files: { '/proc/self/status': NOBODY } };

describe('a collector', () => {
  it.each(COLLECTOR_NAMES.filter((name) => name !== 'dtrace'))('works: %s', async (name) => {
    expect(await createCollectors(machine())[name].supported()).toBeNull();
  });

  it.each([
    ['perf-sampling', { programs: [] }, 'perf is not installed', 'apt-get install linux-perf'],
    ['perf-sampling', unprivileged, 'perf_event_paranoid is 4', 'CAP_PERFMON'],
    [
      'perf-sampling',
      { files: { '/proc/kallsyms': '0000000000000000 T _text\n' } },
      'symbols are hidden',
      'kptr_restrict',
    ],
    [
      'perf-sampling',
      {
        files: {
          '/proc/kallsyms': '0000000000000000 T _text\n',
          '/proc/sys/kernel/kptr_restrict': '0\n',
        },
      },
      'without CAP_SYSLOG',
      'perf_event_paranoid=1',
    ],
    [
      'perf-sampling',
      { run: () => ({ code: 255, stderr: 'Error:\nNo permission to enable cpu-clock event.\n' }) },
      'No permission to enable cpu-clock event',
      'container',
    ],
    ['bpftrace', { programs: [] }, 'not installed', 'apt-get install bpftrace'],
    ['bpftrace', unprivileged, 'root only', 'sudo'],
    ['bpftrace', { link: () => 'pid:[1]' }, 'pid namespace', '--pid=host'],
    [
      'bpftrace',
      { files: { '/sys/kernel/tracing/events/header_page': '', '/proc/self/status': NOBODY } },
      null,
      null,
    ],
    ['strace-count', { programs: [] }, 'not installed', 'apt-get install strace'],
    [
      'strace-count',
      {
        ...unprivileged,
        files: { ...unprivileged.files, '/proc/sys/kernel/yama/ptrace_scope': '1\n' },
      },
      'ptrace_scope is 1',
      'sysctl',
    ],
    [
      'strace-count',
      { run: () => ({ code: 1, stderr: 'strace: PTRACE_TRACEME: Operation not permitted\n' }) },
      'Operation not permitted',
      'SYS_PTRACE',
    ],
    ['dtrace', {}, 'have not been run on linux', 'bpftrace'],
  ] as const)('%s says why not, and what helps: %o', async (name, changes, reason, remedy) => {
    const lacking = await createCollectors(machine(changes as Machine))[name].supported();
    if (reason === null) expect(lacking).toBeNull();
    else {
      expect(lacking?.reason).toContain(reason);
      expect(lacking?.remedy).toContain(remedy);
    }
  });

  it('with perf_event_paranoid at 0 samples for everybody', async () => {
    const files = { ...unprivileged.files, '/proc/sys/kernel/perf_event_paranoid': '0\n' };
    const tools = machine({ ...unprivileged, files });
    expect(await createCollectors(tools)['perf-sampling'].supported()).toBeNull();
  });

  it('bpftrace mounts what it needs for itself alone, where it may', async () => {
    const tools = machine();
    const without: Tools = {
      ...tools,
      read: (path) => (path.startsWith('/sys/kernel/tracing') ? null : tools.read(path)),
    };
    expect(await bpftrace(without).supported()).toBeNull();
    expect(bpftraceCommand(['x.bt'], without).slice(0, 2)).toEqual(['unshare', '-m']);
    expect(bpftraceCommand(['x.bt'], tools)).toEqual(['bpftrace', 'x.bt']);
    const bare: Tools = {
      ...without,
      read: (path) => (path === '/proc/self/status' ? NOBODY : without.read(path)),
    };
    expect((await bpftrace(bare).supported())?.reason).toContain('tracefs is not mounted');
  });

  it('dtrace is for the systems that have it', async () => {
    const tools = machine({ platform: 'freebsd' });
    expect(await createCollectors(tools).dtrace.supported()).toBeNull();
  });
});
