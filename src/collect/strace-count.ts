import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Unavailability } from '../plan/types.js';
import { parseStraceLog } from './strace-log.js';
import type { CallFigures } from './system-calls.js';
import { lastWords, ToolProcess } from './tool-process.js';
import { complaint, hasCapability, hostTools, install, type Tools } from './tools.js';
import { bySide, type CollectContext, type Collecting, type Collector } from './types.js';

/** It ends with the peers. */
const END_MS = 2000;
/** The log's first line says whose threads are whose. */
const THREADS_MARK = '# threads ';

/** strace(1) counts the system calls between the edges of the windows. */
export function straceCount(tools: Tools = hostTools()): Collector<CallFigures> {
  return {
    name: 'strace-count',
    summary: 'system calls per operation and side (strace); each takes many times as long',
    inPeers: false,
    supported: async () => unsupported(tools),
    start,
    parse: (raw) => parse(raw),
  };
}

function unsupported(tools: Tools): Unavailability | null {
  if (tools.platform !== 'linux') return { reason: 'strace is for Linux', remedy: 'dtrace' };
  if (tools.find('strace') === null) {
    const remedy = install({ debian: 'strace', fedora: 'strace' });
    return { reason: 'strace is not installed', remedy };
  }
  const scope = Number(tools.read('/proc/sys/kernel/yama/ptrace_scope') ?? 0);
  if (scope > 0 && !hasCapability(tools, 'SYS_PTRACE')) {
    return {
      reason: `kernel.yama.ptrace_scope is ${scope}: only descendants may be traced`,
      remedy: 'run as root, or sysctl kernel.yama.ptrace_scope=0',
    };
  }
  const { code, stderr } = tools.run(['strace', '-qq', '-o', '/dev/null', 'true']);
  if (code === 0) return null;
  return {
    reason: `strace does not work here: ${complaint(stderr)}`,
    remedy: 'in a container: start it with --cap-add SYS_PTRACE',
  };
}

async function start({ pids, folder, signal }: CollectContext): Promise<Collecting> {
  const file = join(folder, 'strace.log');
  const quiet = ['-e', 'raw=all', '-e', 'signal=none'];
  const both = ['-p', String(pids.client), '-p', String(pids.server)];
  const strace = new ToolProcess(['strace', '-f', ...quiet, '-o', file, ...both], {
    signal,
    endSignal: 'SIGTERM',
    // It would wait for that child as well.
    lifeline: false,
    ready: ({ stderr }) =>
      [pids.client, pids.server].every((pid) => stderr.includes(`Process ${pid} attached`)),
  });
  await strace.ready();
  const threads = bySide((side) => threadsOf(pids[side]));
  return {
    stop: async () => {
      const end = await strace.finish(END_MS);
      if (end.code !== 0) throw new Error(`strace: ${lastWords(end)}`);
      return `${THREADS_MARK}${JSON.stringify(threads)}\n${await readFile(file, 'utf8')}`;
    },
  };
}

function threadsOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map(Number);
}

function parse(raw: string): CallFigures {
  const [first = ''] = raw.split('\n', 1);
  if (!first.startsWith(THREADS_MARK)) throw new Error('not a log of strace-count');
  return parseStraceLog(raw, JSON.parse(first.slice(THREADS_MARK.length)));
}
