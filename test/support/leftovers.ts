import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Pids of all processes whose environment holds this text; unique texts find a run's own. */
export function processesWith(marker: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => pid !== String(process.pid) && read(`/proc/${pid}/environ`).includes(marker))
    .filter((pid) => !isZombie(pid))
    .map(Number);
}

/** The part that a native process plays: launcher (`trial`), `client`, `server`; else null. */
export function roleOf(pid: number): string | null {
  const [program, role] = read(`/proc/${pid}/cmdline`).split('\0');
  return program?.endsWith('ipcbench-peer') ? (role ?? null) : null;
}

/**
 * Everything system-wide that IPC may leave behind: System V objects, names in /dev/shm and, where
 * it is mounted, in /dev/mqueue.
 */
export function ipcObjects(): Set<string> {
  const objects = ['sem', 'shm', 'msg'].flatMap((kind) =>
    read(`/proc/sysvipc/${kind}`)
      .split('\n')
      .slice(1)
      .filter((line) => line.trim() !== '')
      .map((line) => `${kind} ${line.trim().split(/\s+/).slice(0, 2).join(' ')}`),
  );
  const names = ['/dev/shm', '/dev/mqueue'].flatMap((folder) =>
    list(folder).map((name) => `${folder}/${name}`),
  );
  return new Set([...objects, ...names]);
}

/** Every file and folder below a folder. */
export function filesBelow(folder: string): string[] {
  return list(folder, true).map((name) => join(folder, name));
}

/** Asks again and again until there is nothing, at most this long; returns what is there still. */
export async function untilEmpty<T>(
  ask: () => readonly T[],
  limitMs: number,
): Promise<readonly T[]> {
  const end = performance.now() + limitMs;
  for (;;) {
    const answer = ask();
    if (answer.length === 0 || performance.now() > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function list(folder: string, recursive = false): string[] {
  return existsSync(folder) ? (readdirSync(folder, { recursive }) as string[]) : [];
}

function isZombie(pid: string): boolean {
  return /\) Z /.test(read(`/proc/${pid}/stat`));
}
