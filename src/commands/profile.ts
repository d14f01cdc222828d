import { Args, Flags } from '@oclif/core';
import { COLLECTOR_NAMES } from '../collect/types.js';
import { measureFlags } from '../measure-flags.js';
import { MeasuringCommand } from '../measuring-command.js';
import { PROFILE_DEFAULTS } from '../plan/defaults.js';
import { parseWords } from '../plan/lists.js';
import type { Selection } from '../plan/select.js';
import type { Profiled } from '../session/profile.js';
import type { ProfileDocument } from '../session/profile-types.js';

const EXIT_FAILED = 1;
const {
  paper: _paper,
  plan: _plan,
  config: _config,
  'dry-run': _dryRun,
  precision: _precision,
  'max-trials': _maxTrials,
  'max-time': _maxTime,
  ...flags
} = measureFlags(PROFILE_DEFAULTS);

interface ProfileFiles {
  readonly output?: string | undefined;
  readonly 'flame-graph'?: string | undefined;
  readonly folded?: string | undefined;
}

export default class Profile extends MeasuringCommand {
  static override description = `Show where the time of a round trip goes.

Elapsed time is split, for client and server each, into the harness itself, copying by the program \
and by the kernel, system-call entry and exit, scheduler and wake-up, the mechanism's own code, \
memory management, and time off the processor. User and system time, system calls, wake-ups and \
counters stand beside it, and what collecting all that cost.

Collectors are attached to warm peers and see the timed window only. Each has trials of its own, \
interleaved with plain ones. Without --collector those are used that work here (strace-count must \
be asked for), and the others are named with the reason and what helps; docs/collectors.md has more. \
Sampling and tracing take root, or the rights that are named then.

Exit codes: 0 all is well, 1 a trial failed, 2 bad input, 130 after Ctrl-C.`;

  static override examples = [
    {
      description: 'What a round trip through a pipe consists of',
      command: 'sudo <%= config.bin %> profile pipe --placement two-cores',
    },
    {
      description: 'How it changes with the size, as a flame graph too',
      command: 'sudo <%= config.bin %> profile tcp --size 1,4k,64k,1m --flame-graph tcp.svg',
    },
    {
      description: 'System calls, counted in two ways',
      command: 'sudo <%= config.bin %> profile sysv-msg --collector strace-count,bpftrace',
    },
    {
      description: 'As a figure, and in a report',
      command:
        'sudo <%= config.bin %> profile tcp --size 1,64k --output tcp.json\n<%= config.bin %> plot --kind anatomy --profile tcp.json -o tcp.svg\n<%= config.bin %> report @latest --profile tcp.json -o report.html',
    },
    {
      description: 'For other flame-graph programs, and for scripts',
      command: 'sudo <%= config.bin %> profile doors --folded doors.txt --json',
    },
  ];

  static override args = {
    probe: Args.string({ description: 'the probe, see list', required: true }),
  };

  static override flags = {
    collector: Flags.string({
      char: 'c',
      description: `${COLLECTOR_NAMES.join(', ')}, or several [default: those that work here]`,
      helpValue: 'LIST',
    }),
    'flame-graph': Flags.string({
      description: 'write a flame graph of the samples to this file (SVG)',
      helpValue: 'FILE',
    }),
    folded: Flags.string({
      description: 'write the samples as folded stacks to this file (ns per operation)',
      helpValue: 'FILE',
    }),
    ...flags,
    output: Flags.string({
      char: 'o',
      description: 'save the profile to this file (JSON); report and plot draw it (--profile)',
      helpValue: 'FILE',
    }),
  };

  protected override readonly defaults = PROFILE_DEFAULTS;

  async run(): Promise<ProfileDocument> {
    const { args, flags: typed } = await this.parse(Profile);
    const names =
      typed.collector === undefined
        ? null
        : parseWords(typed.collector, COLLECTOR_NAMES, '--collector');
    const selection = await this.#selection(args.probe);
    const settings = await this.settings(typed, undefined);
    const { createCollectors } = await import('../collect/registry.js');
    const { profile } = await import('../session/profile.js');
    const { listenForInterrupts } = await import('../session/interrupts.js');
    const interrupts = listenForInterrupts();
    try {
      const request = {
        ...{ selection, settings, names, signal: interrupts.signal, stderr: process.stderr },
        ...{ command: this.commandLine(), version: this.config.version },
        needsSamples: typed.folded !== undefined || typed['flame-graph'] !== undefined,
        collectors: createCollectors(),
        runner: await this.createRunner(),
      };
      const profiled = await profile(request);
      await this.#write(profiled, typed);
      await this.#show(profiled.document);
      const failed = profiled.document.cells.some(({ status }) => status === 'failed');
      const code = interrupts.exitCode() ?? (failed ? EXIT_FAILED : 0);
      if (code !== 0) process.exitCode = code;
      return profiled.document;
    } finally {
      interrupts.release();
    }
  }

  async #selection(name: string): Promise<Selection> {
    const { probeDescriptors } = await import('../generated/probe-index.js');
    const { selectOneProbe } = await import('../plan/select.js');
    const probe = selectOneProbe(name, probeDescriptors);
    return { probes: [probe], named: new Set([probe.name]) };
  }

  async #show(document: ProfileDocument): Promise<void> {
    if (this.jsonEnabled()) return;
    const { renderProfile } = await import('../render/profile.js');
    this.log(renderProfile(document, this.tableOptions()).trimEnd());
  }

  async #write(
    { document, stacks }: Profiled,
    { output, folded, 'flame-graph': svg }: ProfileFiles,
  ): Promise<void> {
    const { writeWhole } = await import('../store/write-whole.js');
    const { renderFlameGraph } = await import('../render/flame-graph.js');
    const { renderFolded } = await import('../render/folded.js');
    if (output !== undefined) await writeWhole(output, `${JSON.stringify(document)}\n`);
    if (folded !== undefined) await writeWhole(folded, renderFolded(stacks));
    if (svg !== undefined)
      await writeWhole(svg, renderFlameGraph(stacks, document.profile.command));
  }
}
