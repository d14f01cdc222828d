import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Unavailability } from '../plan/types.js';
import { readAttribution } from './attribution.js';
import { parsePerfScript, SCRIPT_FIELDS } from './perf-script.js';
import { attributeSamples, type SamplingFigures } from './samples.js';
import { lastWords, ToolProcess } from './tool-process.js';
import { complaint, hasCapability, hostTools, install, type Tools } from './tools.js';
import type { CollectContext, Collecting, Collector } from './types.js';

/** No multiple of any tick's frequency, so that it doesn't march in step with one. */
const FREQUENCY = 1999;
const PERIOD_NS = Math.floor(1e9 / FREQUENCY);
const SCRIPT_LIMIT_MS = 60_000;
/** In `-a` events this is the highest level at which anybody may sample whole processors. */
const PARANOID_MOST = 0;

/**
 * perf(1) samples both processors by a timer. Whole processors, not the peers: a timer of a task
 * is set anew at each switch, never for less than 10 us, so that a task which runs for less is
 * never sampled, and setting it costs as much as the switch.
 */
export function perfSampling(tools: Tools = hostTools()): Collector<SamplingFigures> {
  return {
    name: 'perf-sampling',
    summary: 'what processor time went to, by samples of call chains (perf record)',
    inPeers: false,
    supported: async () => unsupported(tools),
    start,
    parse: (raw, trial) =>
      attributeSamples(parsePerfScript(raw), trial, readAttribution(), PERIOD_NS),
  };
}

function unsupported(tools: Tools): Unavailability | null {
  if (tools.platform !== 'linux') return { reason: 'perf is for Linux', remedy: 'dtrace' };
  if (tools.find('perf') === null) {
    const remedy = install({ debian: 'linux-perf', fedora: 'perf' });
    return { reason: 'perf is not installed', remedy };
  }
  return forbidden(tools) ?? hiddenSymbols(tools) ?? failing(tools);
}

function forbidden(tools: Tools): Unavailability | null {
  const level = Number(tools.read('/proc/sys/kernel/perf_event_paranoid') ?? Number.NaN);
  if (Number.isNaN(level)) {
    return { reason: 'this kernel has no perf events', remedy: 'a kernel with CONFIG_PERF_EVENTS' };
  }
  const privileged = hasCapability(tools, 'PERFMON') || hasCapability(tools, 'SYS_ADMIN');
  if (privileged || level <= PARANOID_MOST) return null;
  return {
    reason: `kernel.perf_event_paranoid is ${level}: sampling whole processors is for root`,
    remedy: `run as root, with CAP_PERFMON, or sysctl kernel.perf_event_paranoid=${PARANOID_MOST}`,
  };
}

/** Addresses of the kernel's functions read as 0 where they are hidden. */
function hiddenSymbols(tools: Tools): Unavailability | null {
  const first = tools.read('/proc/kallsyms')?.split('\n', 1)[0] ?? '';
  if (/^0*[1-9a-f]/.test(first)) return null;
  const level = tools.read('/proc/sys/kernel/kptr_restrict')?.trim() ?? 'not readable';
  // With 0 they are shown to those who may sample the kernel, or have CAP_SYSLOG on the host.
  const why = level === '0' ? 'a user without CAP_SYSLOG' : `kernel.kptr_restrict is ${level}`;
  return {
    reason: `the kernel's symbols are hidden (${why})`,
    remedy:
      level === '0'
        ? 'run as root of the host, or sysctl kernel.perf_event_paranoid=1'
        : 'run as root with sysctl kernel.kptr_restrict=1, or 0 for everybody',
  };
}

/** What else forbids it (a container's seccomp filter, a perf of another kernel) shows so only. */
function failing(tools: Tools): Unavailability | null {
  const { code, stderr } = tools.run([...record('/dev/null'), '--', 'true']);
  if (code === 0) return null;
  return {
    reason: `perf does not work here: ${complaint(stderr)}`,
    remedy: 'in a container: start it with --cap-add PERFMON --security-opt seccomp=unconfined',
  };
}

function record(file: string): string[] {
  const timer = ['-e', 'cpu-clock', '-F', String(FREQUENCY), '-k', 'CLOCK_MONOTONIC'];
  // Without build ids: nothing is put into the user's cache of them.
  return ['perf', 'record', '-q', '-a', '-g', '-N', '-B', ...timer, '-o', file];
}

async function start({ folder, signal }: CollectContext): Promise<Collecting> {
  const file = join(folder, 'perf.data');
  const perf = new ToolProcess([...record(file), '--control', 'fd:3,4'], {
    signal,
    pipes: ['pipe', 'pipe'],
  });
  await Promise.race([answered(perf), ended(perf)]);
  return {
    stop: async () => {
      const end = await perf.end();
      // It was ended by a signal, which it passes on to itself when it is through.
      if (end.code !== 0 && end.signal !== 'SIGINT') throw new Error(`perf: ${lastWords(end)}`);
      return script(file, signal);
    },
  };
}

/** It answers once the events count. */
async function answered({ child }: ToolProcess): Promise<void> {
  const [, , , control, acknowledged] = child.stdio as (Duplex | null)[];
  control?.on('error', () => {});
  control?.write('ping\n');
  for await (const text of acknowledged ?? []) if (String(text).includes('ack')) return;
}

async function ended(perf: ToolProcess): Promise<never> {
  throw new Error(`perf ended at once: ${lastWords(await perf.ended)}`);
}

async function script(file: string, signal: AbortSignal): Promise<string> {
  const options = ['--ns', '--no-inline', '--show-lost-events', '-F', SCRIPT_FIELDS];
  const perf = new ToolProcess(['perf', 'script', '-i', file, ...options], { signal });
  const end = await perf.finish(SCRIPT_LIMIT_MS);
  if (end.code !== 0) throw new Error(`perf script: ${lastWords(end)}`);
  return end.stdout;
}
