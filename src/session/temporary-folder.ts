import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../store/write-whole.js';

const NAME = /^ipcbench-(?:collect|speed|trace)-(\d+)-/;

/**
 * A new folder for temporary files, named after what it is for and this process. Folders of
 * processes that were killed before they could remove theirs are removed first.
 *
 * @param mode by default nobody else may look into it
 */
export function temporaryFolder(purpose: 'collect' | 'speed' | 'trace', mode = 0o700): string {
  removeAbandoned();
  const folder = join(tmpdir(), `ipcbench-${purpose}-${process.pid}-${randomUUID()}`);
  mkdirSync(folder, { mode });
  return folder;
}

function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // It is somebody else's.
    }
  }
}
