import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the kernel says of itself in files. Whatever can't be read is null, or no entries. */
export interface HostFiles {
  /** The text of a file without blanks around it; null when it can't be read. */
  read(path: string): string | null;
  /** The names in a folder, sorted; null when it can't be read. */
  list(path: string): string[] | null;
}

/** @param root where /proc, /sys and /etc are found, for tests */
export function hostFiles(root: string): HostFiles {
  return {
    read(path) {
      try {
        return readFileSync(join(root, path), 'utf8').trim();
      } catch {
        return null;
      }
    },
    list(path) {
      try {
        return readdirSync(join(root, path)).sort();
      } catch {
        return null;
      }
    },
  };
}

/** The value of a line `key : value`. */
export function colonValue(text: string | null, key: string): string | null {
  return new RegExp(`^${key}\\s*:\\s*(.*)$`, 'm').exec(text ?? '')?.[1]?.trim() ?? null;
}

/** A whole number, the file's only content. */
export function parseWhole(text: string | null): number | null {
  return text !== null && /^-?\d+$/.test(text) ? Number(text) : null;
}

/** The choice in brackets, as in `always [madvise] never`. */
export function bracketed(text: string | null): string | null {
  return /\[(\w+)\]/.exec(text ?? '')?.[1] ?? null;
}
