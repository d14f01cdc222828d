import { existsSync, readFileSync } from 'node:fs';
import { Args } from '@oclif/core';
import { UserError } from '../errors.js';
import { measureFlags } from '../measure-flags.js';
import { MeasuringCommand } from '../measuring-command.js';
import type { Defaults } from '../plan/defaults.js';
import type { Selection } from '../plan/select.js';

const EXIT_FAILED = 1;
/** One trial of one cell. */
const DEFAULTS: Defaults = {
  usual: { size: '1', trials: '1', duration: '1s', warmup: '50ms' },
  quick: { size: '1', trials: '1', duration: '200ms', warmup: '30ms' },
};
const {
  paper: _paper,
  plan: _plan,
  config: _config,
  'dry-run': _dryRun,
  output: _output,
  precision: _precision,
  'max-trials': _maxTrials,
  'max-time': _maxTime,
  trials: _trials,
  ...flags
} = measureFlags(DEFAULTS);

export default class Trace extends MeasuringCommand {
  static override description = `Run a bpftrace or DTrace script against a pair of peers.

The script, a file or its text, stands behind --. It is attached to the warm peers, the timed window \
begins when it is, and it is told to end (SIGINT) when the peers have. $1 is the client's process id \
and $2 the server's, as for a script that is run by hand; $client and $server are replaced by them as \
well, $peer and $fastsock by the files that have static probes (USDT). What the script prints goes to \
stdout, the round trip to stderr.

Scripts to begin with are in native/bpftrace and native/dtrace; docs/collectors.md lists the probes of \
the peers themselves (USDT). It takes bpftrace (Linux) or dtrace (illumos, macOS, FreeBSD), and root.

Exit codes: 0 all is well, 1 the trial or the script failed, 2 bad input, 130 after Ctrl-C.`;

  static override examples = [
    {
      description: 'Which system calls does a server make?',
      command: `sudo <%= config.bin %> trace pipe -- 'tracepoint:raw_syscalls:sys_enter /pid == $2/ { @[args->id] = count(); }'`,
    },
    {
      description: 'A script of one’s own, at another size and place',
      command: 'sudo <%= config.bin %> trace tcp --size 64k --placement two-cores -- mine.bt',
    },
    {
      description: 'Static probes of libdoor: bytes of each call',
      command: `sudo <%= config.bin %> trace doors -s 4k -- 'usdt:$peer:door:call__begin { @bytes = hist(arg1); }'`,
    },
    {
      description: 'Where the peers sleep',
      command: 'sudo <%= config.bin %> trace doors -- native/bpftrace/off-cpu.bt',
    },
  ];

  static override strict = false;

  static override args = {
    probe: Args.string({ description: 'the probe, see list; behind -- the script' }),
  };

  static override flags = flags;

  protected override readonly defaults = DEFAULTS;

  async run(): Promise<undefined> {
    // Only what stands before -- is this command's.
    const words = [...this.argv];
    const end = words.includes('--') ? words.indexOf('--') : words.length;
    const { argv, flags: typed } = await this.parse(Trace, words.slice(0, end));
    const script = readScript(words.slice(end + 1));
    const selection = await this.#selection(argv as string[]);
    const settings = await this.settings(typed, undefined);
    const { trace } = await import('../session/trace.js');
    const { listenForInterrupts } = await import('../session/interrupts.js');
    const interrupts = listenForInterrupts();
    try {
      const runner = await this.createRunner();
      const traced = await trace({
        ...{ selection, settings, runner, script, signal: interrupts.signal },
      });
      const { traceReport } = await import('../render/trace.js');
      process.stderr.write(traceReport(traced));
      const failed = traced.outcome.status !== 'ok' || traced.problem !== null;
      const code = interrupts.exitCode() ?? (failed ? EXIT_FAILED : 0);
      if (code !== 0) process.exitCode = code;
    } finally {
      interrupts.release();
    }
    // What is returned would go to stdout under --json.
    return undefined;
  }

  async #selection(names: readonly string[]): Promise<Selection> {
    const { probeDescriptors } = await import('../generated/probe-index.js');
    const { selectOneProbe } = await import('../plan/select.js');
    const [name, ...more] = names;
    if (name === undefined || more.length > 0) {
      throw new UserError(name === undefined ? 'No probe was named.' : 'Name one probe only.', [
        `The script stands behind --: ${this.config.bin} trace pipe -- native/bpftrace/wake-up.bt`,
      ]);
    }
    const probe = selectOneProbe(name, probeDescriptors);
    return { probes: [probe], named: new Set([probe.name]) };
  }
}

/** A file's text, or what was typed. */
function readScript([script, ...more]: readonly string[]): string {
  if (script === undefined || more.length > 0) {
    throw new UserError(
      script === undefined ? 'There is no script behind --.' : 'There is more than one script.',
      [`Give a file, or its text in quotes: -- 'tracepoint:sched:sched_switch { @ = count(); }'`],
    );
  }
  if (existsSync(script)) return readFileSync(script, 'utf8');
  // No script fits into one word.
  if (/^\S+$/.test(script)) throw new UserError(`There is no file ${script}.`);
  return script;
}
