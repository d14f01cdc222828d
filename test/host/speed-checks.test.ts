import { describe, expect, it } from 'vitest';
import type { Elf } from '../../src/host/elf.js';
import { SPEED_CHECKS, type Subject } from '../../src/host/speed-checks.js';

interface Changes extends Omit<Partial<Subject>, 'elf'> {
  readonly elf?: Partial<Elf>;
}

function elfWith(changes: Partial<Elf> = {}): Elf {
  return {
    ...{ bits: 64, littleEndian: true, machine: 62, searchPath: [], isGo: false },
    interpreter: '/lib64/ld-linux-x86-64.so.2',
    needed: ['libc.so.6'],
    imports: new Set(['socket', 'connect']),
    ...changes,
  };
}

/** The findings of a program that can be accelerated but for these changes. */
function findings({ elf, ...changes }: Changes = {}) {
  const subject: Subject = {
    elf: elfWith(elf),
    libraries: [],
    ...{ mode: 0o755, uid: 0, gid: 0, hasCapabilities: false },
    user: { uid: 1000, gid: 1000 },
    machine: 62,
    libraryIsMusl: false,
    ...changes,
  };
  return SPEED_CHECKS.map((check) => check(subject));
}

function found(check: string, changes: Changes) {
  return findings(changes).find((finding) => finding.check === check);
}

const imports = (...names: string[]) => ({ imports: new Set(names) });

it('an ordinary client is all right', () => {
  expect(new Set(findings().map(({ verdict }) => verdict))).toEqual(new Set(['ok']));
});

describe('what stands against preloading', () => {
  it.each<[string, Changes, RegExp]>([
    ['machine', { elf: { machine: 183 } }, /for arm64, 64 bits; the library is for x86-64/],
    ['machine', { elf: { bits: 32, machine: 3 } }, /for x86, 32 bits/],
    ['linking', { elf: { interpreter: null } }, /statically linked/],
    ['linking', { elf: { interpreter: null, isGo: true } }, /statically linked.*Go program/],
    ['linking', { elf: { isGo: true } }, /a Go program: its runtime makes system calls itself/],
    ['privileges', { mode: 0o4755 }, /^setuid: the dynamic linker ignores/],
    ['privileges', { mode: 0o2755 }, /^setgid: /],
    ['privileges', { mode: 0o6755, hasCapabilities: true }, /^setuid, setgid, with file cap/],
    ['C library', { elf: { interpreter: '/lib/ld-musl-x86_64.so.1' } }, /linked with musl/],
    ['C library', { libraryIsMusl: true }, /linked with glibc; the library was built for musl/],
    ['sockets', { elf: imports('printf') }, /nothing to carry/],
  ])('%s: %j', (check, changes, reason) => {
    expect(found(check, changes)).toMatchObject({
      verdict: 'no',
      reason: expect.stringMatching(reason),
    });
  });

  it.each<Changes>([
    { mode: 0o4755, uid: 1000 },
    { mode: 0o2745 },
    { mode: 0o4755, user: { uid: 0, gid: 0 } },
    { hasCapabilities: true, user: { uid: 0, gid: 0 } },
  ])('privileges that are none: %j', (changes) => {
    expect(found('privileges', changes)?.verdict).toBe('ok');
  });
});

describe('what can be carried in part', () => {
  const library = (name: string, ...names: string[]) => {
    return { libraries: [{ name, elf: elfWith(imports(...names)) }] };
  };

  it.each<[string, Changes, string, RegExp]>([
    ['sockets', { elf: imports('execvp') }, 'may', /starts other programs/],
    ['sockets', { elf: imports('dlopen') }, 'may', /libraries that it loads later/],
    ['sockets', { elf: imports(), ...library('libcurl.so.4', 'socket') }, 'ok', /through libcurl/],
    ['sockets', { elf: imports(), ...library('libc.so.6', 'socket') }, 'no', /nothing to carry/],
    ['io_uring', { elf: imports('socket', 'io_uring_queue_init') }, 'may', /stay with the kernel/],
    ['io_uring', { elf: { needed: ['liburing.so.2'] } }, 'may', /the program/],
    ['stdio', { elf: imports('socket', 'fdopen', 'dprintf') }, 'note', /calls fdopen, dprintf/],
    ['raw system calls', { elf: imports('socket', 'syscall') }, 'note', /can't be seen/],
  ])('%s: %j', (check, changes, verdict, reason) => {
    expect(found(check, changes)).toMatchObject({ verdict, reason: expect.stringMatching(reason) });
  });
});
