import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, vi } from 'vitest';
import type { ResultDocument } from '../../src/store/schema.js';
import { ResultStore } from '../../src/store/store.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder of results, made anew for each test of a file. */
export interface SavedResults {
  /** Only within a test. */
  readonly directory: string;
}

/** Gives each test of the file a folder with these results, in which commands look for them. */
export function savedResults(...documents: readonly ResultDocument[]): SavedResults {
  const folder = { directory: '' };
  beforeEach(async () => {
    folder.directory = mkdtempSync(join(tmpdir(), 'ipcbench-test-'));
    vi.stubEnv('IPCBENCH_RESULTS', folder.directory);
    for (const document of documents) await new ResultStore(folder.directory).save(document);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder.directory, { recursive: true, force: true });
  });
  return folder;
}

interface RunnableCommand<T> {
  run(argv: string[], options: { root: string }): Promise<T>;
}

/** Runs a command in this process: what it printed, and how it failed. */
export function runCommand<T>(command: RunnableCommand<T>, argv: readonly string[]) {
  return captureOutput(() => command.run([...argv], { root }), { print: false });
}
