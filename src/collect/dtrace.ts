import { fileURLToPath } from 'node:url';
import type { Unavailability } from '../plan/types.js';
import { type DtraceFigures, parseDtrace } from './dtrace-output.js';
import { lastWords, ToolProcess } from './tool-process.js';
import { complaint, hostTools, type Tools } from './tools.js';
import type { CollectContext, Collecting, Collector } from './types.js';

const SCRIPT = fileURLToPath(new URL('../../native/dtrace/anatomy.d', import.meta.url));
const PLATFORMS: readonly NodeJS.Platform[] = ['sunos', 'darwin', 'freebsd'];
const END_MS = 2000;
/** dtrace says nothing when it is attached; compiling the script is what takes its time. */
const ATTACH_MS = 3000;

/** dtrace(8) follows both peers, on systems that have it. Written, but not run: see docs/collectors.md. */
export function dtrace(tools: Tools = hostTools()): Collector<DtraceFigures> {
  return {
    name: 'dtrace',
    summary: 'time on the processor, wake-ups and system calls (illumos, macOS, FreeBSD)',
    inPeers: false,
    supported: async () => dtraceUnsupported(tools),
    start,
    parse: (raw, { client, server }) =>
      parseDtrace(raw, { client: client.pid ?? -1, server: server.pid ?? -1 }),
  };
}

/** Why DTrace can't watch the peers here; null = it can. */
export function dtraceUnsupported(tools: Tools): Unavailability | null {
  if (!PLATFORMS.includes(tools.platform)) {
    return {
      reason: `DTrace is for illumos, macOS and FreeBSD, and its scripts have not been run on ${tools.platform}`,
      remedy: 'bpftrace tells the same here',
    };
  }
  if (tools.find('dtrace') === null) {
    return { reason: 'dtrace is not in PATH', remedy: 'add /usr/sbin to PATH' };
  }
  if (tools.uid !== 0) return { reason: 'dtrace is for root only', remedy: 'run as root (sudo)' };
  const { code, stderr } = tools.run(['dtrace', '-q', '-n', 'BEGIN { exit(0); }']);
  if (code === 0) return null;
  return {
    reason: `dtrace does not work here: ${complaint(stderr)}`,
    remedy: 'macOS: csrutil enable --without dtrace; FreeBSD: kldload dtraceall',
  };
}

async function start({ pids, signal }: CollectContext): Promise<Collecting> {
  const args = ['-q', '-s', SCRIPT, String(pids.client), String(pids.server)];
  const tracer = new ToolProcess(['dtrace', ...args], { signal });
  const early = await Promise.race([tracer.ended, attached()]);
  if (early) throw new Error(`dtrace ended at once: ${lastWords(early)}`);
  return {
    stop: async () => {
      const end = await tracer.finish(END_MS);
      if (end.code !== 0) throw new Error(`dtrace: ${lastWords(end)}`);
      return end.stdout;
    },
  };
}

function attached(): Promise<null> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), ATTACH_MS);
  });
}
