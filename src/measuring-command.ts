import { BaseCommand } from './base-command.js';
import type { Settings, SettingsInput } from './plan/settings.js';
import type { ProbeDescriptor } from './probes/types.js';
import type { Runner } from './runner/types.js';
import type { Measured } from './session/measure.js';

/** The base of commands that measure: everything between the parsed flags and the document. */
export abstract class MeasuringCommand extends BaseCommand {
  /** The native pair; tests put a fake in its place. */
  protected async createRunner(): Promise<Runner> {
    const { NativeRunner } = await import('./runner/native.js');
    return new NativeRunner();
  }

  /** @throws UserError for settings that can't be */
  protected async settings(flags: SettingsInput): Promise<Settings> {
    const { resolveSettings } = await import('./plan/settings.js');
    const { randomSeed } = await import('./session/measure.js');
    return resolveSettings(flags, randomSeed);
  }

  /** Measures and saves; the exit code is set unless all is well. */
  protected async measure(
    probes: readonly ProbeDescriptor[],
    settings: Settings,
    output: string | undefined,
  ): Promise<Measured> {
    const { measure } = await import('./session/measure.js');
    const { resultsDirectory } = await import('./store/store.js');
    const measured = await measure({
      probes,
      settings,
      output,
      command: this.commandLine(),
      version: this.config.version,
      resultsDirectory: resultsDirectory(process.env, this.config.root),
      runner: await this.createRunner(),
      stderr: process.stderr,
    });
    if (measured.exitCode !== 0) process.exitCode = measured.exitCode;
    return measured;
  }

  /** Says where the result is, and what it lacks. */
  protected announce({ document, path, saveError }: Measured): void {
    if (!document.run.complete) {
      process.stderr.write('interrupted: cells without a finished trial are missing\n');
    }
    if (saveError) process.stderr.write(`${saveError.message}\n`);
    process.stderr.write(path === null ? 'nothing was saved\n' : `saved: ${path}\n`);
  }

  /** How wide and colourful a table may be on this stdout. */
  protected tableOptions(): { width?: number; color: boolean } {
    const { isTTY, columns } = process.stdout;
    const color = Boolean(isTTY) && !process.env.NO_COLOR;
    return isTTY && columns ? { width: columns, color } : { color };
  }
}
