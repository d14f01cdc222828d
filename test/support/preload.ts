import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of a test's own, in which it compiles what it needs. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), 'ipcbench-workshop-'));

  /** Compiles C; returns the path of the program or library. */
  compile(name: string, source: string, ...flags: readonly string[]): string {
    const path = join(this.folder, name);
    const words = ['-D_GNU_SOURCE', '-x', 'c', '-o', path, '-', '-x', 'none', ...flags];
    execFileSync('gcc', words, { input: source, stdio: ['pipe', 'ignore', 'pipe'] });
    return path;
  }

  write(name: string, text: string, mode = 0o755): string {
    const path = join(this.folder, name);
    writeFileSync(path, text, { mode });
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * A library that carries nothing and says at its process's end, as Fast Sockets does, what the
 * variables FAKE_ACCELERATED, FAKE_RETREATED and FAKE_RING_BYTES say.
 */
const TALKER = `
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <unistd.h>
static const char *or(const char *name, const char *usual)
{
	const char *value = getenv(name);
	return value != NULL ? value : usual;
}
__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("FASTSOCK_STATS");
	FILE *file = path != NULL ? fopen(path, "a") : NULL;
	if (file == NULL)
		return;
	const char *bytes = or("FAKE_RING_BYTES", "1000000000000000");
	fprintf(file,
		"{\\"pid\\":%d,\\"program\\":\\"%s\\",\\"accelerated\\":%s,\\"passed\\":{\\"remote\\":2},"
		"\\"retreated\\":%s,\\"bytes\\":{\\"ring_sent\\":%s,\\"ring_received\\":%s,"
		"\\"kernel_sent\\":3,\\"kernel_received\\":4},\\"wakeups_sent\\":5}\\n",
		(int)getpid(), program_invocation_short_name, or("FAKE_ACCELERATED", "1000000"),
		or("FAKE_RETREATED", "{}"), bytes, bytes);
	fclose(file);
}
`;

export function compileTalker(workshop: Workshop): string {
  return workshop.compile('libtalker.so', TALKER, '-shared', '-fPIC');
}
