import { fileURLToPath } from 'node:url';
import type { Unavailability } from '../plan/types.js';
import { parseAnatomy, type TraceFigures } from './bpftrace-output.js';
import { lastWords, ToolProcess } from './tool-process.js';
import { complaint, hasCapability, hostTools, install, type Tools } from './tools.js';
import type { CollectContext, Collecting, Collector } from './types.js';

const SCRIPT = fileURLToPath(new URL('../../native/bpftrace/anatomy.bt', import.meta.url));
const TRACEFS = '/sys/kernel/tracing';
/** The pid namespace of the machine itself (PROC_PID_INIT_INO). */
const INITIAL_PIDS = 'pid:[4026531836]';
/** The script ends by itself, with the windows. */
const END_MS = 1000;
const REACHED = /"attached\\n"/;

/** bpftrace(8) follows both peers through the scheduler and their system calls. */
export function bpftrace(tools: Tools = hostTools()): Collector<TraceFigures> {
  return {
    name: 'bpftrace',
    summary: 'time on and off the processor, wake-ups, and each system call (tracepoints)',
    inPeers: false,
    supported: async () => bpftraceUnsupported(tools),
    start: (context) => start(context, tools),
    parse: (raw, { client, server }) =>
      parseAnatomy(raw, { client: client.pid ?? -1, server: server.pid ?? -1 }, tools.arch),
  };
}

/** Why bpftrace can't watch the peers here; null = it can. */
export function bpftraceUnsupported(tools: Tools): Unavailability | null {
  if (tools.platform !== 'linux') return { reason: 'bpftrace is for Linux', remedy: 'dtrace' };
  if (tools.find('bpftrace') === null) {
    const remedy = install({ debian: 'bpftrace', fedora: 'bpftrace' });
    return { reason: 'bpftrace is not installed', remedy };
  }
  if (tools.uid !== 0) return { reason: 'bpftrace is for root only', remedy: 'run as root (sudo)' };
  if (tools.link('/proc/self/ns/pid') !== INITIAL_PIDS) {
    return {
      reason: 'this is a pid namespace of its own, and tracepoints know the pids outside',
      remedy: 'run on the host, or start the container with --pid=host --privileged',
    };
  }
  if (!hasTracefs(tools) && !hasCapability(tools, 'SYS_ADMIN')) {
    return {
      reason: `tracefs is not mounted at ${TRACEFS}`,
      remedy: `mount -t tracefs nodev ${TRACEFS}; in a container: --privileged`,
    };
  }
  const attempt = 'tracepoint:raw_syscalls:sys_enter { exit(); }';
  const { code, stderr } = tools.run(bpftraceCommand(['-e', attempt], tools));
  if (code === 0) return null;
  return {
    reason: `bpftrace does not work here: ${complaint(stderr)}`,
    remedy: 'a kernel with CONFIG_BPF_SYSCALL and tracepoints; in a container: --privileged',
  };
}

/** Its command line; where tracefs isn't mounted, in a mount namespace of its own that has it. */
export function bpftraceCommand(args: readonly string[], tools: Tools): string[] {
  const command = ['bpftrace', ...args];
  if (hasTracefs(tools)) return command;
  const mounted = `mount -t tracefs nodev ${TRACEFS} && exec "$@"`;
  return ['unshare', '-m', '--propagation', 'private', 'sh', '-c', mounted, 'sh', ...command];
}

function hasTracefs(tools: Tools): boolean {
  return tools.read(`${TRACEFS}/events/header_page`) !== null;
}

async function start({ pids, signal }: CollectContext, tools: Tools): Promise<Collecting> {
  const args = ['-f', 'json', '-B', 'none', SCRIPT, String(pids.client), String(pids.server)];
  const tracer = new ToolProcess(bpftraceCommand(args, tools), {
    signal,
    ready: ({ stdout }) => REACHED.test(stdout),
  });
  await tracer.ready();
  return {
    stop: async () => {
      const end = await tracer.finish(END_MS);
      if (end.code !== 0) throw new Error(`bpftrace: ${lastWords(end)}`);
      return end.stdout;
    },
  };
}
