import type { Elf } from './elf.js';
import type { Library } from './shared-libraries.js';

/**
 * What a check says of a program. `no`: it can't be accelerated; `may`: part of it is not, or
 * nobody can tell; `note`: good to know; `ok`: nothing stands against it.
 */
export type SpeedVerdict = 'ok' | 'note' | 'may' | 'no';

export interface SpeedFinding {
  readonly check: string;
  readonly verdict: SpeedVerdict;
  readonly reason: string;
}

/** A program and all that bears on preloading into it. */
export interface Subject {
  readonly elf: Elf;
  readonly libraries: readonly Library[];
  /** The file's mode and owner. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** It has file capabilities. */
  readonly hasCapabilities: boolean;
  /** Who would run it. */
  readonly user: { readonly uid: number; readonly gid: number };
  /** e_machine of this machine's programs; null = not known. */
  readonly machine: number | null;
  /** Made for musl rather than glibc. */
  readonly libraryIsMusl: boolean;
}

const SETUID = 0o4000;
const SETGID = 0o2000;
const MACHINES: Readonly<Record<number, string>> = {
  3: 'x86',
  8: 'MIPS',
  21: 'PowerPC',
  22: 's390',
  40: 'arm',
  62: 'x86-64',
  183: 'arm64',
  243: 'RISC-V',
};
const SOCKET_CALLS = ['socket', 'connect', 'listen', 'accept', 'accept4'];
const STARTS_PROGRAMS = /^(execl|execle|execlp|execv|execve|execvp|execvpe|posix_spawnp?|system)$/;
/** The C library calls itself inside, where nothing can be interposed. */
const C_LIBRARY = /^(libc|ld-linux.*|ld-musl.*|libpthread|libresolv|libnss_.*|libanl)[.-]/;

/** What stands against preloading at all; the first that is `no` makes the others idle. */
export const SPEED_CHECKS: readonly ((subject: Subject) => SpeedFinding)[] = [
  checkMachine,
  checkLinking,
  checkPrivileges,
  checkCLibrary,
  checkSockets,
  checkUring,
  checkStdio,
  checkRawCalls,
];

function checkMachine({ elf, machine }: Subject): SpeedFinding {
  const check = 'machine';
  const name = MACHINES[elf.machine] ?? `machine ${elf.machine}`;
  if (elf.bits === 64 && elf.littleEndian && (machine === null || elf.machine === machine)) {
    return { check, verdict: 'ok', reason: `an ELF program for ${name}` };
  }
  const reason = `the program is for ${name}, ${elf.bits} bits; the library is for ${MACHINES[machine ?? -1] ?? 'this machine'}, 64 bits`;
  return { check, verdict: 'no', reason };
}

function checkLinking({ elf }: Subject): SpeedFinding {
  const check = 'linking';
  const go = elf.isGo ? ' (a Go program, which makes its system calls itself)' : '';
  if (elf.interpreter === null) {
    const reason = `statically linked: no dynamic linker, which would preload, takes part${go}`;
    return { check, verdict: 'no', reason };
  }
  if (!elf.isGo) return { check, verdict: 'ok', reason: `by ${elf.interpreter}` };
  return {
    ...{ check, verdict: 'no' },
    reason: 'a Go program: its runtime makes system calls itself, past every library',
  };
}

function checkPrivileges({ mode, uid, gid, hasCapabilities, user }: Subject): SpeedFinding {
  const gains = [
    ...((mode & SETUID) !== 0 && uid !== user.uid ? ['setuid'] : []),
    ...((mode & SETGID) !== 0 && (mode & 0o010) !== 0 && gid !== user.gid ? ['setgid'] : []),
    ...(hasCapabilities && user.uid !== 0 ? ['with file capabilities'] : []),
  ];
  const check = 'privileges';
  if (gains.length === 0) return { check, verdict: 'ok', reason: 'gains none when it starts' };
  const reason = `${gains.join(', ')}: the dynamic linker ignores LD_PRELOAD in programs that gain privileges`;
  return { check, verdict: 'no', reason };
}

function checkCLibrary({ elf, libraryIsMusl }: Subject): SpeedFinding {
  const check = 'C library';
  const [own, library] = [isMusl(elf), libraryIsMusl].map((musl) => (musl ? 'musl' : 'glibc'));
  if (own === library) return { check, verdict: 'ok', reason: `${own}, as the library` };
  const reason = `linked with ${own}; the library was built for ${library}`;
  return { check, verdict: 'no', reason };
}

/** Whether a program or a library is linked with musl. */
export function isMusl({ interpreter, needed }: Elf): boolean {
  return (interpreter ?? '').includes('ld-musl') || needed.some((name) => /^libc\.musl/.test(name));
}

function checkSockets(subject: Subject): SpeedFinding {
  const check = 'sockets';
  const own = SOCKET_CALLS.filter((name) => subject.elf.imports.has(name));
  if (own.length > 0) return { check, verdict: 'ok', reason: `calls ${own.join(', ')}` };
  const through = partsOf(subject).filter(({ elf }) =>
    SOCKET_CALLS.some((name) => elf.imports.has(name)),
  );
  if (through.length > 0) {
    const names = through.map(({ name }) => name).join(', ');
    return { check, verdict: 'ok', reason: `has socket calls through ${names}` };
  }
  const imports = [...subject.elf.imports];
  if (imports.some((name) => STARTS_PROGRAMS.test(name))) {
    const reason =
      'calls no socket functions, but starts other programs, into which the library is preloaded too: ask about those';
    return { check, verdict: 'may', reason };
  }
  if (partsOf(subject).some(({ elf }) => elf.imports.has('dlopen'))) {
    const reason = 'calls no socket functions itself; libraries that it loads later may';
    return { check, verdict: 'may', reason };
  }
  const reason =
    'calls no socket functions, and neither do its libraries: there is nothing to carry';
  return { check, verdict: 'no', reason };
}

function checkUring(subject: Subject): SpeedFinding {
  const check = 'io_uring';
  const users = partsOf(subject).filter(
    ({ elf }) =>
      elf.needed.some((name) => name.startsWith('liburing')) ||
      [...elf.imports].some((name) => name.startsWith('io_uring_')),
  );
  if (users.length === 0) return { check, verdict: 'ok', reason: 'not linked with liburing' };
  const reason = `linked with liburing (${users.map(({ name }) => name).join(', ')}): connections that it moves through io_uring stay with the kernel`;
  return { check, verdict: 'may', reason };
}

function checkStdio({ elf }: Subject): SpeedFinding {
  const check = 'stdio';
  const calls = ['fdopen', 'dprintf', 'vdprintf', '__dprintf_chk', '__vdprintf_chk'].filter(
    (name) => elf.imports.has(name),
  );
  if (calls.length === 0) return { check, verdict: 'ok', reason: 'has no stream of a descriptor' };
  const reason = `calls ${calls.join(', ')}: if that is done to a socket, what stdio writes can't be carried`;
  return { check, verdict: 'note', reason };
}

function checkRawCalls(subject: Subject): SpeedFinding {
  const check = 'raw system calls';
  const users = partsOf(subject).filter(({ elf }) => elf.imports.has('syscall'));
  if (users.length === 0) return { check, verdict: 'ok', reason: 'does not call syscall()' };
  const reason = `syscall() is called (${users.map(({ name }) => name).join(', ')}): what moves a socket's bytes that way can't be seen`;
  return { check, verdict: 'note', reason };
}

/** The program and its libraries but the C library. */
function partsOf({ elf, libraries }: Subject): Library[] {
  return [{ name: 'the program', elf }, ...libraries.filter(({ name }) => !C_LIBRARY.test(name))];
}
