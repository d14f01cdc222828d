import { BaseCommand } from './base-command.js';
import { type Defaults, RUN_DEFAULTS } from './plan/defaults.js';
import type { NamedPlan } from './plan/named-plans.js';
import type { Selection } from './plan/select.js';
import type { Settings, SettingsInput } from './plan/settings.js';
import type { PlanSummary } from './plan/summary.js';
import type { Runner } from './runner/types.js';
import type { Measured } from './session/measure.js';

/** The base of commands that measure: everything between the parsed flags and the document. */
export abstract class MeasuringCommand extends BaseCommand {
  /** What is measured where neither flags nor a named plan say. */
  protected readonly defaults: Defaults = RUN_DEFAULTS;

  /** The native pair; tests put a fake in its place. */
  protected async createRunner(): Promise<Runner> {
    const { NativeRunner } = await import('./runner/native.js');
    return NativeRunner.create();
  }

  /** @throws UserError for a name that there is no plan of, and for a malformed configuration */
  protected async namedPlan(flags: {
    readonly plan?: string | undefined;
    readonly config?: string | undefined;
    readonly paper?: boolean | undefined;
  }): Promise<NamedPlan | undefined> {
    const name = flags.paper ? 'paper' : flags.plan;
    if (name === undefined) return undefined;
    const { findNamedPlan } = await import('./plan/named-plans.js');
    const { probeDescriptors } = await import('./generated/probe-index.js');
    return findNamedPlan(name, flags.config, probeDescriptors);
  }

  /** @throws UserError for settings that can't be */
  protected async settings(flags: SettingsInput, plan: NamedPlan | undefined): Promise<Settings> {
    const { resolveSettings } = await import('./plan/settings.js');
    const { randomSeed } = await import('./session/measure.js');
    return resolveSettings(flags, randomSeed, plan?.settings, this.defaults);
  }

  /** Shows what would be measured. */
  protected async dryRun(selection: Selection, settings: Settings): Promise<PlanSummary> {
    const { prepare } = await import('./session/prepare.js');
    const { summarizePlan } = await import('./plan/summary.js');
    const { plan } = await prepare({ selection, settings, runner: await this.createRunner() });
    const summary = summarizePlan(plan);
    if (!this.jsonEnabled()) {
      const { renderPlan } = await import('./render/plan.js');
      this.log(renderPlan(summary, this.tableOptions()).trimEnd());
    }
    return summary;
  }

  /** Measures and saves; the exit code is set unless all is well. */
  protected async measure(
    selection: Selection,
    settings: Settings,
    flags: { readonly output?: string | undefined; readonly 'no-calibrate'?: boolean | undefined },
  ): Promise<Measured> {
    const { measure } = await import('./session/measure.js');
    const { resultsDirectory } = await import('./store/store.js');
    const measured = await measure({
      selection,
      settings,
      output: flags.output,
      calibrate: !flags['no-calibrate'],
      command: this.commandLine(),
      version: this.config.version,
      resultsDirectory: resultsDirectory(process.env, this.config.root),
      runner: await this.createRunner(),
      stderr: process.stderr,
    });
    if (measured.exitCode !== 0) process.exitCode = measured.exitCode;
    return measured;
  }

  /** Goes on with a run that was cut off; the exit code is set unless all is well. */
  protected async resume(ref: string, typed: SettingsInput, force: boolean): Promise<Measured> {
    const { resumeRun } = await import('./session/resume.js');
    const { resultsDirectory } = await import('./store/store.js');
    const measured = await resumeRun({
      ref,
      typed,
      force,
      version: this.config.version,
      resultsDirectory: resultsDirectory(process.env, this.config.root),
      runner: await this.createRunner(),
      stderr: process.stderr,
    });
    if (measured.exitCode !== 0) process.exitCode = measured.exitCode;
    return measured;
  }

  /** Says where the result is, and what it lacks. */
  protected announce({ document, path, saveError, journal }: Measured): void {
    if (!document.run.complete) {
      process.stderr.write('interrupted: cells without a finished trial are missing\n');
    }
    if (saveError) process.stderr.write(`${saveError.message}\n`);
    process.stderr.write(path === null ? 'nothing was saved\n' : `saved: ${path}\n`);
    if (journal !== null) {
      process.stderr.write(`to go on: ${this.config.bin} run --resume ${journal}\n`);
    }
  }
}
