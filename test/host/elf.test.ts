import { readFileSync, realpathSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { type Elf, MalformedElf, readElf } from '../../src/host/elf.js';
import { findProgram, interpreterChain, withFile } from '../../src/host/program-file.js';
import { Workshop } from '../support/preload.js';

const workshop = new Workshop();
afterAll(() => workshop.remove());

const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

function elfOf(path: string): Elf {
  const elf = withFile(path, readElf);
  if (elf === null) throw new Error(`${path} is no ELF file`);
  return elf;
}

function ofBytes(bytes: Buffer) {
  return readElf((offset, length) => bytes.subarray(offset, offset + length));
}

describe('readElf', () => {
  it.each([['/bin/ls'], ['python3'], ['gcc']])('reads %s', (name) => {
    const path = findProgram(name, process.env);
    if (path === null) return;
    const elf = elfOf(realpathSync(interpreterChain(path, process.env).at(-1) ?? path));
    expect(elf).toMatchObject({ bits: 64, littleEndian: true, isGo: false });
    expect(elf.machine).toBe(MACHINES[process.arch]);
    expect(elf.interpreter).toMatch(/^\/lib.*ld/);
    expect(elf.needed.some((name) => name.startsWith('libc.'))).toBe(true);
    expect(elf.imports.size).toBeGreaterThan(10);
  });

  it('reads Node, whose sockets are its own', () => {
    const { imports } = elfOf(process.execPath);
    expect([...imports]).toEqual(expect.arrayContaining(['socket', 'connect', 'accept4']));
    expect(imports.has('accept_is_not_a_call')).toBe(false);
  });

  it('reads what the compiler was told', () => {
    const source =
      'int connect(int, const void *, int); int main(void) { return connect(1, 0, 0); }';
    const path = workshop.compile('dynamic', source, '-Wl,-rpath,/one:$ORIGIN/two');
    const elf = elfOf(path);
    expect(elf.imports.has('connect')).toBe(true);
    expect(elf.imports.has('main')).toBe(false);
    expect(elf.searchPath).toEqual(['/one', '$ORIGIN/two']);
  });

  it.each([['-static'], ['-static-pie']])('sees no dynamic linker: %s', (flag) => {
    const elf = elfOf(workshop.compile(`alone${flag}`, 'int main(void) { return 0; }', flag));
    expect(elf).toMatchObject({ interpreter: null, needed: [] });
  });

  it('reads a stripped program', () => {
    const path = workshop.compile('stripped', 'int main(void) { return 0; }', '-s');
    expect(elfOf(path).interpreter).not.toBeNull();
  });

  it('is null for another format', () => {
    for (const text of ['', '#!/bin/sh\n', 'MZ'.padEnd(100)]) {
      expect(ofBytes(Buffer.from(text))).toBeNull();
    }
  });

  it('reads of a foreign program what it is', () => {
    const bytes = Buffer.alloc(64);
    bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 2, 1]);
    bytes.writeUInt16BE(8, 18);
    expect(ofBytes(bytes)).toMatchObject({ bits: 32, littleEndian: false, machine: 8 });
  });

  it('refuses what is cut off or damaged, and never hangs', () => {
    const whole = readFileSync('/bin/ls');
    expect(() => ofBytes(whole.subarray(0, 300))).toThrow(MalformedElf);
    let refused = 0;
    for (let at = 16; at < 64; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] = 0xff;
      try {
        ofBytes(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedElf);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(5);
  });
});
