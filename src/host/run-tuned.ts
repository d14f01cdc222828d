import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { UserError } from '../errors.js';
import { codeOf } from '../store/write-whole.js';

/** Signals that end the command, not this program, which has to put settings back. */
const PASSED_ON: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Carries out a command on this terminal, and waits for its end.
 *
 * @param options.randomised false = the command and its children have no address randomisation
 * @returns its exit code; 128 + signal when one ended it
 * @throws UserError when it can't be started
 */
export function runTuned(
  command: readonly string[],
  options: { readonly randomised: boolean },
): Promise<number> {
  const [program = '', ...args] = options.randomised ? command : ['setarch', '-R', ...command];
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit' });
    // Ctrl-C reaches the command from the terminal; what is sent to this process alone must too.
    const pass = (signal: NodeJS.Signals) => {
      if (signal !== 'SIGINT') child.kill(signal);
    };
    for (const signal of PASSED_ON) process.on(signal, pass);
    const release = () => {
      for (const signal of PASSED_ON) process.off(signal, pass);
    };
    child.once('error', (error) => {
      release();
      reject(cannotStart(program, error));
    });
    child.once('close', (code, signal) => {
      release();
      resolve(code ?? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0));
    });
  });
}

function cannotStart(program: string, error: Error): Error {
  const missing = codeOf(error) === 'ENOENT';
  return new UserError(
    missing ? `There is no program "${program}".` : `Can't start ${program}: ${codeOf(error)}.`,
    [program === 'setarch' ? 'Install util-linux, or leave --no-aslr out.' : 'Check its name.'],
  );
}
