/** What bpftrace, strace and DTrace wrote, read back. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAnatomy } from '../../src/collect/bpftrace-output.js';
import { parseDtrace } from '../../src/collect/dtrace-output.js';
import { parseStraceLog } from '../../src/collect/strace-log.js';
import { callsPerOperation, systemCallName } from '../../src/collect/system-calls.js';

const read = (name: string) =>
  readFileSync(new URL(`../fixtures/collect/${name}`, import.meta.url), 'utf8');
/** Of both recordings; 425 round trips by sysv-msg of 64 bytes. */
const PIDS = { client: 15050, server: 15049 };
const OPS = 425;

describe('bpftrace', () => {
  const figures = parseAnatomy(read('bpftrace.ndjson'), PIDS, 'x64');

  it('counts system calls by side and name, without the edges of the window', () => {
    expect(figures.calls).toEqual({
      client: { msgsnd: OPS, msgrcv: OPS },
      server: { msgsnd: OPS, msgrcv: OPS, sendmsg: 1 },
    });
  });

  it('tells what system calls copied, sent or received', () => {
    expect(figures.sides.client.copiedBytes).toEqual({ msgsnd: OPS * 64, msgrcv: OPS * 64 });
  });

  it('splits the window', () => {
    for (const side of Object.values(figures.sides)) {
      expect(side.userNs + side.systemNs).toBe(side.onNs);
      expect(side.onNs + side.runnableNs).toBeLessThanOrEqual(side.windowNs);
      const counted = side.wakeupLatency.reduce((sum, { count }) => sum + count, 0);
      expect(counted).toBe(side.wakeups);
    }
  });

  it('that ended too early is no measurement', () => {
    expect(() => parseAnatomy('{"type": "map", "data": {}}\n', PIDS, 'x64')).toThrow(
      'whole window',
    );
    expect(() => parseAnatomy('', PIDS, 'x64')).toThrow('whole window');
  });
});

describe('strace', () => {
  const log = read('strace.log');
  const threads = { client: [PIDS.client], server: [PIDS.server] };

  it('counts the calls that begin between the edges', () => {
    expect(parseStraceLog(log, threads).calls).toEqual({
      client: { msgsnd: 13, msgrcv: 13 },
      server: { msgsnd: 13, msgrcv: 13, sendmsg: 1 },
    });
  });

  it('counts the calls of other threads too', () => {
    const lines = ['1 getrusage(0, 0x1) = 0', '3 futex(0x1, 0x80) = 0', '1 getrusage(0, 0x1) = 0'];
    const both = [...lines, '2 getrusage(0, 0x1) = 0', '2 getrusage(0, 0x1) = 0'].join('\n');
    expect(parseStraceLog(both, { client: [1, 3], server: [2] }).calls.client).toEqual({
      futex: 1,
    });
  });

  it('that ended too early is no measurement', () => {
    const cut = log.slice(0, log.lastIndexOf('getrusage('));
    expect(() => parseStraceLog(cut, threads)).toThrow('whole window of the client');
  });
});

describe('calls per operation', () => {
  it('leave out the words of the harness', () => {
    const counts = { read: 10, write: 10, sendmsg: 1, getrusage: 1 };
    expect(callsPerOperation(counts, 'server', 10)).toEqual({ read: 1, write: 1 });
    expect(callsPerOperation({ futex: 15, sendmsg: 1, recvmsg: 1 }, 'server', 10)).toEqual({
      futex: 1.5,
    });
  });

  it('keep the same calls where a probe makes them', () => {
    const counts = { sendmsg: 11, recvmsg: 10 };
    expect(callsPerOperation(counts, 'server', 10)).toEqual({ sendmsg: 1, recvmsg: 1 });
    expect(callsPerOperation({ sendmsg: 10 }, 'client', 10)).toEqual({ sendmsg: 1 });
  });

  it.each([
    [0, 'x64', 'read'],
    [70, 'x64', 'msgrcv'],
    [63, 'arm64', 'read'],
    [98, 'arm64', 'futex'],
    [9999, 'x64', 'call 9999'],
  ])('number %i on %s is %s', (number, arch, name) => {
    expect(systemCallName(number, arch)).toBe(name);
  });
});

describe('DTrace', () => {
  it('is read as its script writes', () => {
    const lines = ['client', 'server'].flatMap((_, i) => [
      `window_ns ${i + 1} 1000`,
      `on_ns ${i + 1} 400`,
      `calls ${i + 1} read 5`,
      `calls ${i + 1} getrusage 1`,
      `call_ns ${i + 1} read 300`,
    ]);
    const { sides, calls } = parseDtrace(`\n${lines.join('\n')}\n`, { client: 1, server: 2 });
    expect(calls.client).toEqual({ read: 5 });
    expect(sides.server).toMatchObject({ windowNs: 1000, onNs: 400, callNs: { read: 300 } });
  });
});
