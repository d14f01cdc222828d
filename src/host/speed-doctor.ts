import { readdirSync, readFileSync, statSync } from 'node:fs';
import { type Elf, MalformedElf, readElf } from './elf.js';
import { hasFileCapabilities } from './file-capabilities.js';
import { findProgram, interpreterChain, withFile } from './program-file.js';
import { type LibraryFiles, librariesOf } from './shared-libraries.js';
import { isMusl, SPEED_CHECKS, type SpeedFinding } from './speed-checks.js';

/** e_machine of what this machine runs. */
const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183, riscv64: 243 };

/** Whether Fast Sockets can carry a program's connections. */
export interface SpeedDiagnosis {
  /** As it was typed. */
  readonly program: string;
  /** The file, and where it is a script the interpreters that it leads to. */
  readonly files: readonly string[];
  readonly answer: 'yes' | 'perhaps' | 'no';
  readonly findings: readonly SpeedFinding[];
}

/**
 * Looks at a program without running it.
 *
 * @param library the path of Fast Sockets; where it isn't built, this machine's C library counts
 * @returns null when there is no such program
 */
export async function diagnoseProgram(
  program: string,
  library: string,
  env: NodeJS.ProcessEnv,
): Promise<SpeedDiagnosis | null> {
  const path = findProgram(program, env);
  if (path === null) return null;
  const chain = interpreterChain(path, env);
  const files = chain.filter((file) => file !== null);
  const findings = chain.includes(null)
    ? [refused('script', 'its interpreter, named behind #!, is not there')]
    : await findingsOf(files.at(-1) ?? path, library, env);
  const script = chain.length > 1 ? [scriptFinding(files)] : [];
  const all = [...script, ...findings];
  return { program, files, answer: answerOf(all), findings: all };
}

function answerOf(findings: readonly SpeedFinding[]): SpeedDiagnosis['answer'] {
  const verdicts = findings.map(({ verdict }) => verdict);
  if (verdicts.includes('no')) return 'no';
  return verdicts.includes('may') ? 'perhaps' : 'yes';
}

function scriptFinding(files: readonly string[]): SpeedFinding {
  const reason = `run by ${files.slice(1).join(', then ')}, which the rest is about; programs that it starts have the library, too`;
  return { check: 'script', verdict: 'note', reason };
}

function refused(check: string, reason: string): SpeedFinding {
  return { check, verdict: 'no', reason };
}

async function findingsOf(
  path: string,
  library: string,
  env: NodeJS.ProcessEnv,
): Promise<SpeedFinding[]> {
  let elf: Elf | null;
  try {
    elf = withFile(path, readElf);
  } catch (error) {
    if (error instanceof MalformedElf) return [refused('format', `${path}: ${error.message}`)];
    return [refused('format', `${path} can't be read: ${(error as Error).message}`)];
  }
  if (elf === null) return [refused('format', `${path} is no ELF program`)];
  const { mode, uid, gid } = statSync(path);
  const subject = {
    ...{ elf, mode, uid, gid },
    libraries: librariesOf(elf, path, FILES, env),
    hasCapabilities: await hasFileCapabilities(path),
    user: { uid: process.getuid?.() ?? uid, gid: process.getgid?.() ?? gid },
    machine: MACHINES[process.arch] ?? null,
    libraryIsMusl: isMusl(FILES.elf(library) ?? FILES.elf(process.execPath) ?? elf),
  };
  const findings = SPEED_CHECKS.map((check) => check(subject));
  const stop = findings.findIndex(({ verdict }) => verdict === 'no');
  return stop < 0 ? findings : findings.slice(0, stop + 1);
}

const FILES: LibraryFiles = {
  elf: (path) => orNull(() => withFile(path, readElf)),
  text: (path) => orNull(() => readFileSync(path, 'utf8')),
  list: (folder) => orNull(() => readdirSync(folder).sort()) ?? [],
};

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
