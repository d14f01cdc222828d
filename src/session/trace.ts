import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bpftraceCommand, bpftraceUnsupported } from '../collect/bpftrace.js';
import { dtraceUnsupported } from '../collect/dtrace.js';
import { lastWords, ToolProcess } from '../collect/tool-process.js';
import { hostTools, type Tools } from '../collect/tools.js';
import { UserError } from '../errors.js';
import type { Cell, Plan, Unavailability } from '../plan/types.js';
import { libraryPath } from '../runner/fast-sockets-library.js';
import { nativeFiles } from '../runner/native-files.js';
import type { PeerPids, TrialOutcome } from '../runner/types.js';
import { type PlanRequest, prepare } from './prepare.js';
import { temporaryFolder } from './temporary-folder.js';

export interface TraceRequest extends PlanRequest {
  /** Text of a script. */
  readonly script: string;
  readonly tools?: Tools;
  readonly signal: AbortSignal;
}

/** How the trial and the tracer ended. */
export interface Traced {
  readonly outcome: TrialOutcome;
  readonly cell: Cell;
  readonly tracer: 'bpftrace' | 'dtrace';
  /** Null = it ended as it should, or with the peers. */
  readonly problem: string | null;
}

/** The tracer ends with the peers if its script says so; else it is told to. */
const END_MS = 200;
/** Neither tracer says that it is attached. dtrace is given so long. */
const DTRACE_ATTACH_MS = 3000;
/** bpftrace waits for events then, which the kernel tells; at most so long is waited for that. */
const BPFTRACE_ATTACH_MS = 15_000;
const LOOK_EVERY_MS = 20;
const WAITS_FOR_EVENTS = /epoll|ep_poll/;

/**
 * Carries out one trial with a script of the user's attached to the warm peers; what it prints
 * goes to standard output.
 *
 * @throws UserError when there is no tracer here, or not exactly one cell
 */
export async function trace(request: TraceRequest): Promise<Traced> {
  const { runner, signal, tools = hostTools() } = request;
  const { plan } = await prepare(request);
  const cell = onlyCell(plan);
  const tracer = chooseTracer(tools);
  await runner.sweep();
  const folder = temporaryFolder('trace');
  const running = new Tracing(tracer, { script: request.script, folder, signal, tools });
  const { durationNs, warmupNs, timeLimitNs } = plan;
  const options = { durationNs, warmupNs, timeLimitNs };
  try {
    const outcome = await runner.run(
      { cell, repetition: 0, environmentBytes: 0 },
      { ...options, signal, onWarm: (pids) => running.start(pids) },
    );
    return { outcome, cell, tracer, problem: await running.end() };
  } finally {
    await running.end();
    await rm(folder, { recursive: true, force: true });
  }
}

function onlyCell({ cells, harness }: Plan): Cell {
  const [cell, ...more] = cells.filter(({ index }) => harness?.cell !== index || harness.shown);
  if (cell === undefined || more.length > 0) {
    throw new UserError(`A trace is of one cell, and these are ${more.length + 1}.`, [
      'Give one value to each of --size, --pattern, --placement, --wait and the options.',
    ]);
  }
  if (cell.unavailable === null) return cell;
  const { reason, remedy } = cell.unavailable;
  throw new UserError(
    `${cell.probe} is not available: ${reason}.`,
    remedy === null ? [] : [remedy],
  );
}

function chooseTracer(tools: Tools): Traced['tracer'] {
  const tracer = tools.platform === 'linux' ? 'bpftrace' : 'dtrace';
  const lacking: Unavailability | null =
    tracer === 'bpftrace' ? bpftraceUnsupported(tools) : dtraceUnsupported(tools);
  if (lacking === null) return tracer;
  throw new UserError(`There is nothing to trace with: ${lacking.reason}.`, [
    ...(lacking.remedy === null ? [] : [`What helps: ${lacking.remedy}.`]),
  ]);
}

/**
 * Words of ours: the peers' process ids, and the files that their static probes (USDT) are in.
 * `$1` and `$2` are filled in by the tracer itself.
 */
export function fillIn(script: string, { client, server }: PeerPids): string {
  const words: Readonly<Record<string, string>> = {
    ...{ client: String(client), server: String(server) },
    ...{ peer: nativeFiles(process.env).executable, fastsock: libraryPath(process.env) },
  };
  return script.replace(/\$(client|server|peer|fastsock)\b/g, (_, word) => words[word] ?? '');
}

interface TracingOptions {
  readonly script: string;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly tools: Tools;
}

/** The user's script at work. */
class Tracing {
  #process: ToolProcess | null = null;
  readonly #abort = new AbortController();

  constructor(
    private readonly tracer: Traced['tracer'],
    private readonly options: TracingOptions,
  ) {}

  /** Settles when it is attached. */
  async start(pids: PeerPids): Promise<void> {
    const { script, folder, signal, tools } = this.options;
    const file = join(folder, 'script');
    await writeFile(file, fillIn(script, pids), { mode: 0o600 });
    const words = [String(pids.client), String(pids.server)];
    const command =
      this.tracer === 'bpftrace'
        ? bpftraceCommand(['-q', file, ...words], tools)
        : ['dtrace', '-s', file, ...words];
    this.#process = new ToolProcess(command, {
      signal: AbortSignal.any([signal, this.#abort.signal]),
      stdout: 'inherit',
    });
    const early = await Promise.race([
      this.#process.ended,
      attached(this.#process.child.pid, this.tracer),
    ]);
    // A script may have nothing to wait for, such as BEGIN alone.
    if (early && early.code !== 0) throw new Error(`${this.tracer}: ${lastWords(early)}`);
  }

  /** Ends it in order; its complaint when it failed. */
  async end(): Promise<string | null> {
    if (this.#process === null) return null;
    const end = await this.#process.finish(END_MS);
    const asTold = end.code === 0 || end.signal === 'SIGINT' || this.options.signal.aborted;
    return asTold ? null : `${this.tracer}: ${lastWords(end)}`;
  }
}

async function attached(pid: number | undefined, tracer: Traced['tracer']): Promise<null> {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  if (tracer === 'dtrace') await pause(DTRACE_ATTACH_MS);
  const limit = performance.now() + BPFTRACE_ATTACH_MS;
  let waiting = 0;
  while (tracer === 'bpftrace' && waiting < 2 && performance.now() < limit) {
    await pause(LOOK_EVERY_MS);
    const where = await readFile(`/proc/${pid}/wchan`, 'utf8').catch(() => null);
    // It has ended meanwhile.
    if (where === null) break;
    waiting = WAITS_FOR_EVENTS.test(where) ? waiting + 1 : 0;
  }
  return null;
}
