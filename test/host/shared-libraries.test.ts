import { expect, it } from 'vitest';
import type { Elf } from '../../src/host/elf.js';
import { librariesOf } from '../../src/host/shared-libraries.js';

function elf(needed: string[], searchPath: string[] = []): Elf {
  const kind = { bits: 64, littleEndian: true, machine: 62, interpreter: null } as const;
  return { ...kind, needed, searchPath, imports: new Set(), isGo: false };
}

function namesOf(
  program: Elf,
  elves: Record<string, Elf>,
  env = {},
  texts: Record<string, string> = {},
) {
  const files = {
    elf: (path: string) => elves[path] ?? null,
    text: (path: string) => texts[path] ?? null,
    list: () => ['a.conf', 'b.txt'],
  };
  return librariesOf(program, '/opt/app/bin/app', files, env).map(({ name }) => name);
}

it('follows what libraries need, each once, also in a circle', () => {
  const elves = { '/lib/liba.so': elf(['libb.so']), '/lib64/libb.so': elf(['liba.so', 'libc.so']) };
  expect(namesOf(elf(['liba.so', 'libb.so']), elves)).toEqual(['liba.so', 'libb.so']);
});

it('looks beside the program where it says so', () => {
  const elves = { '/opt/app/bin/../lib/liba.so': elf([]), '/opt/app/lib/liba.so': elf([]) };
  expect(namesOf(elf(['liba.so'], ['$ORIGIN/../lib']), elves)).toEqual(['liba.so']);
  expect(namesOf(elf(['liba.so']), elves)).toEqual([]);
});

it('looks where the environment and the configuration say', () => {
  const elves = { '/mine/liba.so': elf([]) };
  expect(namesOf(elf(['liba.so']), elves, { LD_LIBRARY_PATH: '/x:/mine' })).toEqual(['liba.so']);
  const texts = {
    '/etc/ld.so.conf': '# comment\ninclude /etc/ld.so.conf.d/*.conf\n',
    '/etc/ld.so.conf.d/a.conf': '/mine # here\n',
    '/etc/ld.so.conf.d/b.txt': '/other\n',
  };
  expect(namesOf(elf(['liba.so']), elves, {}, texts)).toEqual(['liba.so']);
});
