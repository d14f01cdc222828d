import { BaseCommand } from '../base-command.js';
import type { Finding } from '../host/doctor.js';
import type { MachineFacts } from '../host/environment.js';

/** A figure measured now would be untrustworthy. */
const EXIT_UNTRUSTWORTHY = 1;
/** Longer than before a run, for a finer share. */
const WATCH_MS = 1000;

export interface Diagnosis {
  /** False when a finding is bad. */
  readonly trustworthy: boolean;
  readonly findings: readonly Finding[];
  readonly host: MachineFacts;
}

export default class Doctor extends BaseCommand {
  static override description =
    `Say whether this machine is fit for measuring, and what to do about it.

Looks at other work, steal time, quotas, the clock, frequencies, mitigations and more, for a second. \
Each check is ok, warn, bad or not available, with what it does to figures and what helps. What can't \
be read is not available, never ok. The same checks are stored with every run, under host.

Exit codes: 0 all is ok or a warning, 1 a figure measured now would be untrustworthy (bad).`;

  static override examples = [
    { description: 'Before measuring', command: '<%= config.bin %> doctor' },
    { description: 'For a script', command: '<%= config.bin %> doctor --json' },
    {
      description: 'Only the processors that are to be measured',
      command: 'taskset -c 2,3 <%= config.bin %> doctor',
    },
  ];

  async run(): Promise<Diagnosis> {
    await this.parse(Doctor);
    const { readMachineFacts } = await import('../host/environment.js');
    const { diagnose, isUntrustworthy } = await import('../host/doctor.js');
    const host = readMachineFacts(null, { watchMs: WATCH_MS, ...this.hostOptions() });
    const findings = diagnose(host);
    const trustworthy = !isUntrustworthy(findings);
    if (!trustworthy) process.exitCode = EXIT_UNTRUSTWORTHY;
    if (!this.jsonEnabled()) {
      const { renderDoctor } = await import('../render/doctor.js');
      this.log(renderDoctor(findings, this.tableOptions()).trimEnd());
    }
    return { trustworthy, findings, host };
  }

  /** Where the machine is looked at; tests put a made-up one in its place. */
  protected hostOptions(): { readonly root?: string; readonly watchMs?: number } {
    return {};
  }
}
