import { describe, expect, it } from 'vitest';
import { bpftraceUnsupported } from '../../src/collect/bpftrace.js';
import { hostTools, type Tools } from '../../src/collect/tools.js';
import { probeDescriptors } from '../../src/generated/probe-index.js';
import { selectOneProbe } from '../../src/plan/select.js';
import { resolveSettings, type SettingsInput } from '../../src/plan/settings.js';
import { FakeRunner, fakeProbe } from '../../src/runner/fake.js';
import { nativeFiles } from '../../src/runner/native-files.js';
import { fillIn, trace } from '../../src/session/trace.js';
import { CliSandbox } from '../support/cli.js';

function traced(flags: SettingsInput, tools: Tools = hostTools()) {
  return trace({
    selection: { probes: [selectOneProbe('pipe', probeDescriptors)], named: new Set(['pipe']) },
    settings: resolveSettings({ size: '1', trials: '1', ...flags }, () => 1),
    runner: new FakeRunner([fakeProbe('pipe')]),
    script: 'BEGIN { exit(); }',
    signal: new AbortController().signal,
    tools,
  });
}

describe('a script', () => {
  it('has the pids and files filled in', () => {
    const script = '/pid == $client || pid == $server/ $1 usdt:$peer:a:b $clients';
    expect(fillIn(script, { client: 12, server: 11 })).toBe(
      `/pid == 12 || pid == 11/ $1 usdt:${nativeFiles(process.env).executable}:a:b $clients`,
    );
  });
});

describe('a trace', () => {
  it('is of one cell', async () => {
    await expect(traced({ size: '1,4k' })).rejects.toThrow('of one cell, and these are 2');
  });

  it('without a tracer says what helps', async () => {
    const tools: Tools = { ...hostTools(), platform: 'linux', find: () => null };
    await expect(traced({}, tools)).rejects.toThrow('bpftrace is not installed');
  });
});

const lacking = bpftraceUnsupported(hostTools());
const title = lacking === null ? 'ipcbench trace' : `ipcbench trace (skipped: ${lacking.reason})`;
describe.skipIf(lacking !== null)(title, () => {
  const sandbox = new CliSandbox();

  it('runs a script against both peers and prints what it prints', async () => {
    const script =
      'tracepoint:syscalls:sys_exit_getrusage /pid == $1/ { @client = count(); } ' +
      'tracepoint:syscalls:sys_exit_getrusage /pid == $server/ { @server = count(); }';
    const { code, stdout, stderr } = await sandbox.run('trace', 'pipe', '-d', '50ms', '--', script);
    expect(stderr).toMatch(/pipe: \d+ operations, .* each on average with bpftrace attached/);
    expect(stdout).toMatch(/@client: 2/);
    expect(stdout).toMatch(/@server: 2/);
    expect(code).toBe(0);
  }, 60_000);

  it('with a script that is none fails with the tracer’s words', async () => {
    const { code, stderr } = await sandbox.run('trace', 'pipe', '-d', '50ms', '--', 'no script {');
    expect(stderr).toContain('bpftrace');
    expect(code).toBe(1);
    sandbox.remove();
  }, 60_000);
});
