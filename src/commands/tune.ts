import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { UserError } from '../errors.js';
import type { TuneHost, TuneStep } from '../host/tune.js';
import { renderTuning } from '../render/doctor-tune.js';

/** A setting could not be changed or put back. */
const EXIT_REFUSED = 1;

export interface Tuning {
  /** Empty when there was nothing to restore. */
  readonly steps: readonly TuneStep[];
  /** Where the journal is, or would be. */
  readonly journal: string;
  /** Exit code of the command after --; null without one. */
  readonly command_exit: number | null;
}

export default class Tune extends BaseCommand {
  static override strict = false;

  static override description = `Make this machine steadier for measuring, reversibly.

Sets the frequency governor to performance, switches turbo off, and moves device interrupts away from \
the measured processors, as far as the machine allows; says why where it doesn't. Everything is \
written to a journal before it is changed, in the state directory of the user; --restore puts it \
back, after a crash as well. With a command after --, the machine is restored when the command ends.

Address randomisation is a protection of the whole system and isn't touched; --no-aslr switches it off \
for the command after -- and its children only. It takes root to change settings.

Exit codes: 0 done, 1 the kernel refused a change, 2 bad input; with a command that of the command.`;

  static override examples = [
    { description: 'What would be changed', command: '<%= config.bin %> tune --dry-run' },
    {
      description: 'Tune, keeping interrupts from two processors',
      command: 'sudo <%= config.bin %> tune --cpus 2,3',
    },
    { description: 'As it was', command: 'sudo <%= config.bin %> tune --restore' },
    {
      description: 'For one command, without address randomisation',
      command: 'sudo <%= config.bin %> tune --no-aslr -- <%= config.bin %> run doors',
    },
  ];

  static override flags = {
    restore: Flags.boolean({
      description: 'put back what was changed',
      exclusive: ['cpus', 'no-aslr'],
    }),
    'dry-run': Flags.boolean({ description: 'say what would be done, and do nothing' }),
    cpus: Flags.string({
      description: 'processors that are to be measured, as in 2,3 or 4-7',
      defaultHelp: 'those of placement two-cores',
      helpValue: 'LIST',
    }),
    'no-aslr': Flags.boolean({
      description: 'no address randomisation for the command after --',
    }),
  };

  async run(): Promise<Tuning> {
    const { argv, flags } = await this.parse(Tune);
    if (argv.length > 0 && !this.argv.includes('--')) throw unexpected(argv as string[]);
    const command = commandAfter(argv as string[], flags);
    const host = await this.host();
    const { measuredCpus } = await import('../host/measured-cpus.js');
    const { restore, tune, tuneDryRun } = await import('../host/tune.js');
    let steps: TuneStep[];
    if (flags.restore) steps = restore(host, flags['dry-run']) ?? [];
    else {
      const cpus = measuredCpus(flags.cpus, host.root);
      steps = flags['dry-run'] ? tuneDryRun(host, cpus) : tune(host, cpus);
    }
    this.#show(steps, command !== null, flags.restore);
    if (steps.some(({ state }) => state === 'failed')) process.exitCode = EXIT_REFUSED;
    const command_exit = command === null ? null : await this.#carryOut(command, flags, host);
    return { steps, journal: host.journal, command_exit };
  }

  /** The machine; tests put a made-up one in its place. */
  protected async host(): Promise<TuneHost> {
    const { journalPath } = await import('../host/tune-journal.js');
    return { root: '/', journal: journalPath(process.env), privileged: process.geteuid?.() === 0 };
  }

  async #carryOut(
    command: readonly string[],
    flags: { readonly 'no-aslr'?: boolean },
    host: TuneHost,
  ): Promise<number> {
    const { runTuned } = await import('../host/run-tuned.js');
    const { restore } = await import('../host/tune.js');
    try {
      const exit = await runTuned(command, { randomised: !flags['no-aslr'] });
      process.exitCode = exit;
      return exit;
    } finally {
      this.#show(restore(host) ?? [], true);
    }
  }

  /** With a command to stderr: stdout is the command's own. */
  #show(steps: readonly TuneStep[], withCommand: boolean, restoring = false): void {
    if (this.jsonEnabled()) return;
    const none = restoring ? 'nothing to restore\n' : '';
    const text = steps.length > 0 ? renderTuning(steps, this.tableOptions()) : none;
    if (withCommand) process.stderr.write(text);
    else this.log(text.trimEnd());
  }
}

function unexpected([word]: readonly string[]): UserError {
  return new UserError(`Unexpected argument: ${word}`, [
    'Write a command after --, as in: ipcbench tune -- ipcbench run doors',
  ]);
}

/** The words after --; null without any. */
function commandAfter(
  argv: readonly string[],
  flags: { readonly restore?: boolean; readonly 'dry-run'?: boolean; readonly 'no-aslr'?: boolean },
): string[] | null {
  if (argv.length === 0) {
    if (!flags['no-aslr']) return null;
    throw new UserError('--no-aslr needs a command to do without address randomisation.', [
      'Give it after --, as in: ipcbench tune --no-aslr -- ipcbench run doors',
    ]);
  }
  if (flags.restore || flags['dry-run']) {
    throw new UserError(
      `A command can't be carried out with --${flags.restore ? 'restore' : 'dry-run'}.`,
      ['Leave the command out, or the flag.'],
    );
  }
  return [...argv];
}
