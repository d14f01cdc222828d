/**
 * The two families of errors.
 *
 * A `UserError` is something the person at the terminal can act on: it is
 * printed as its message and its next steps, without a stack trace, and ends
 * the program with exit code 2. A `BugError` is ours: it is printed with its
 * stack and ends with exit code 70 (EX_SOFTWARE).
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /**
   * @param message what is wrong, one sentence
   * @param nextSteps what to do about it, one line each
   */
  constructor(
    message: string,
    readonly nextSteps: readonly string[] = [],
  ) {
    super(message);
  }
}

/** A state that the program's own logic rules out. */
export class BugError extends Error {
  override readonly name = 'BugError';
}
