import { readFileSync } from 'node:fs';

/**
 * When a process of this machine was started, in clock ticks since boot as /proc has it; null when
 * it doesn't exist, or there is no /proc. Numbers of processes are given again, this with them isn't.
 */
export function birthOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name, in parentheses, may itself hold blanks and parentheses; start time is field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    return state === 'Z' || state === 'X' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
