import { afterAll, describe, expect, it } from 'vitest';
import { findProgram, interpreterChain } from '../../src/host/program-file.js';
import { Workshop } from '../support/preload.js';

const workshop = new Workshop();
afterAll(() => workshop.remove());
const env = { PATH: `${workshop.folder}:/usr/bin:/bin` };

describe('findProgram', () => {
  it('looks in PATH for a name, and nowhere for a path', () => {
    const path = workshop.write('tool', '#!/bin/sh\n');
    expect(findProgram('tool', env)).toBe(path);
    expect(findProgram('tool', { PATH: '/nowhere' })).toBeNull();
    expect(findProgram(path, { PATH: '/nowhere' })).toBe(path);
    expect(findProgram('./tool', env)).toBeNull();
  });

  it('wants a file that may be executed', () => {
    workshop.write('text', 'text', 0o644);
    expect(findProgram('text', env)).toBeNull();
    expect(findProgram('/', env)).toBeNull();
  });
});

describe('interpreterChain', () => {
  it.each([
    ['#!/bin/sh\n', ['/bin/sh']],
    ['#! /bin/sh -e\n', ['/bin/sh']],
    ['#!/usr/bin/env sh\n', ['/usr/bin/env', '/usr/bin/sh']],
    ['#!/usr/bin/env -S A=1 sh -e\n', ['/usr/bin/env', '/usr/bin/sh']],
    ['echo without a first line\n', ['/bin/sh']],
    ['#!/no/such/interpreter\n', [null]],
  ])('of %j', (text, expected) => {
    const path = workshop.write('script', text);
    expect(interpreterChain(path, env)).toEqual([path, ...expected]);
  });

  it('of a program is itself', () => {
    expect(interpreterChain('/bin/ls', env)).toEqual(['/bin/ls']);
  });

  it('ends where scripts lead in a circle', () => {
    const path = workshop.write('circle', `#!${workshop.folder}/circle\n`);
    expect(interpreterChain(path, env).length).toBeLessThan(10);
  });
});
