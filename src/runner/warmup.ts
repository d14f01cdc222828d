import type { PageView } from './page.js';
import type { TrialOptions } from './types.js';

const LOOK_EVERY_MS = 5;

/** What is done about a trial that is held in its warm-up. */
export interface HoldActions {
  /** The peers are warm: from now on the trial's time doesn't count. */
  held(): void;
  /** It counts again. */
  released(): void;
  /** What was to happen in the warm-up did not. */
  failed(reason: string): void;
}

/**
 * Releases a trial, which was started with its hold set, when it is warm and `onWarm` is through.
 *
 * @returns ends the watch; to be called when the trial has ended, after which nothing touches the
 *   page any more, whatever `onWarm` is still doing
 */
export function holdWarmup(
  page: PageView,
  onWarm: NonNullable<TrialOptions['onWarm']>,
  actions: HoldActions,
): () => void {
  let over = false;
  const settle = (action: () => void) => {
    if (!over) action();
  };
  const release = () => {
    page.setHold(false);
    actions.released();
  };
  const look = setInterval(() => {
    const pids = page.warmPids();
    if (pids === null) return;
    clearInterval(look);
    actions.held();
    Promise.resolve()
      .then(() => onWarm(pids))
      .then(
        () => settle(release),
        (error: unknown) => settle(() => actions.failed(reasonOf(error))),
      );
  }, LOOK_EVERY_MS);
  return () => {
    over = true;
    clearInterval(look);
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
