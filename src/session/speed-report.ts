import { renderSpeedStats } from '../render/speed-stats.js';
import type { ProcessStats } from '../runner/fast-sockets-stats.js';
import { writeWhole } from '../store/write-whole.js';

/** Where what the processes said goes. */
export interface ReportPlace {
  /** As JSON into this file; absent = to `stderr`. */
  readonly file?: string | undefined;
  /** JSON rather than a table. */
  readonly json: boolean;
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
}

/**
 * Reports what Fast Sockets did. Never on standard output: that is the program's.
 *
 * @throws UserError when the file can't be written
 */
export async function reportStats(
  processes: readonly ProcessStats[],
  { file, json, stderr }: ReportPlace,
): Promise<void> {
  const text = `${JSON.stringify({ processes }, null, 2)}\n`;
  if (file !== undefined) return writeWhole(file, text);
  stderr.write(json ? text : renderSpeedStats(processes, { color: Boolean(stderr.isTTY) }));
}
