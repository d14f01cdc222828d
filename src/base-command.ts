import { Command, Errors } from '@oclif/core';
import { UserError } from './errors.js';

/** Exit codes beyond 0; README has the table. */
export const EXIT_BAD_INPUT = 2;
/** EX_SOFTWARE of sysexits.h */
export const EXIT_BUG = 70;

/** What is shown of an error that the user can do something about. */
interface Complaint {
  readonly message: string;
  readonly nextSteps: readonly string[];
}

/**
 * The base of every command: presents errors by their family (see src/errors.ts). The text goes
 * to stderr; under `--json` stdout gets an object with the same words.
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  /** The command line as it was typed, quoted where a shell would need it. */
  protected commandLine(): string {
    const words = [this.config.bin, ...(this.id ?? '').split(':'), ...this.argv];
    return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quote(word))).join(' ');
  }

  /** How wide and colourful a text may be on this stdout. */
  protected tableOptions(): { width?: number; color: boolean } {
    const { isTTY, columns } = process.stdout;
    const color = Boolean(isTTY) && !process.env.NO_COLOR;
    return isTTY && columns ? { width: columns, color } : { color };
  }

  /**
   * Figures that a table is to show; undefined = those that fit.
   *
   * @throws UserError for one that there isn't
   */
  protected async chosenColumns(text: string | undefined): Promise<readonly string[] | undefined> {
    if (text === undefined) return undefined;
    const { TABLE_COLUMNS } = await import('./render/table-columns.js');
    const { parseWords } = await import('./plan/lists.js');
    return parseWords(text, TABLE_COLUMNS, '--columns');
  }

  protected override async catch(error: Error): Promise<never> {
    if (error instanceof Errors.ExitError) throw error;
    const complaint = asComplaint(error);
    if (complaint) {
      const steps = complaint.nextSteps.map((step) => `  ${step}\n`).join('');
      process.stderr.write(`${this.config.bin}: ${complaint.message}\n${steps}`);
    } else {
      process.stderr.write(`${this.config.bin}: this is a bug: ${error.stack ?? error.message}\n`);
    }
    if (this.jsonEnabled()) {
      const { message, nextSteps } = complaint ?? { message: error.message, nextSteps: [] };
      this.logJson({ error: { message, next_steps: nextSteps } });
    }
    this.exit(complaint ? EXIT_BAD_INPUT : EXIT_BUG);
  }
}

function asComplaint(error: Error): Complaint | null {
  if (error instanceof UserError) return error;
  if (error instanceof Errors.CLIError) {
    const lines = error.message.split('\n').filter((line) => !line.startsWith('See more help'));
    return { message: lines.join('\n'), nextSteps: ['See what is possible with --help.'] };
  }
  return null;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
