import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensureNative } from '../../src/runner/native-build.js';
import {
  cachedFolder,
  filesIn,
  isInstalled,
  nativeFiles,
  packagedFolder,
} from '../../src/runner/native-files.js';

let place: string;
let installed: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'ipcbench-native-'));
  installed = join(place, 'node_modules', 'ipcbench');
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, 'package.json'), '{"version":"1.2.3"}');
  env = { XDG_CACHE_HOME: join(place, 'cache'), PATH: join(place, 'bin') };
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(place, { recursive: true, force: true });
});

/** A peer that answers, or one that the dynamic linker refuses. */
function put(folder: string, script = '#!/bin/sh\nexit 0\n'): string {
  const { executable } = filesIn(folder);
  mkdirSync(dirname(executable), { recursive: true });
  writeFileSync(executable, script);
  chmodSync(executable, 0o755);
  return executable;
}

describe('the native part that is used', () => {
  it('is the built one of a checkout, then the one built for the user, then the package’s', () => {
    const built = filesIn(join(installed, 'build', 'native')).executable;
    expect(nativeFiles(env, installed).executable).toBe(built);
    const packaged = put(packagedFolder(installed));
    expect(nativeFiles(env, installed).executable).toBe(packaged);
    const cached = put(cachedFolder(env, installed));
    expect(cached).toContain('native-1.2.3-');
    expect(nativeFiles(env, installed).executable).toBe(cached);
    put(join(installed, 'build', 'native'));
    expect(nativeFiles(env, installed).executable).toBe(built);
  });

  it('is looked for in the home directory without XDG_CACHE_HOME, or a relative one', () => {
    for (const XDG_CACHE_HOME of [undefined, 'relative'])
      expect(cachedFolder({ HOME: '/home/me', XDG_CACHE_HOME }, installed)).toMatch(
        /^\/home\/me\/\.cache\/ipcbench\/native-/,
      );
  });

  it('belongs to a checkout unless npm has installed the package', () => {
    expect(isInstalled(installed)).toBe(true);
    expect(isInstalled(place)).toBe(false);
  });
});

describe('a native part that works', () => {
  it('is left alone', async () => {
    const packaged = put(packagedFolder(installed));
    expect((await ensureNative(env, installed)).executable).toBe(packaged);
  });

  it.each([
    ['there is none', null, /there is none for/],
    ['another C library', '#!/no/such/linker\n', /it needs another C library/],
    ['too old a C library', '#!/bin/sh\necho "$0: GLIBC_9.9 not found" >&2; exit 1\n', /GLIBC_9/],
  ])('is built instead: %s; without tools that is said', async (_, script, why) => {
    if (script !== null) put(packagedFolder(installed), script);
    vi.stubEnv('PATH', env.PATH ?? '');
    const trying = ensureNative(env, installed);
    await expect(trying).rejects.toThrow(/can't be built: cmake is not installed/);
    expect(vi.mocked(process.stderr.write).mock.calls.join()).toMatch(why);
    expect(readdirSync(join(place, 'cache', 'ipcbench'))).toEqual([]);
    vi.unstubAllEnvs();
  });
});
