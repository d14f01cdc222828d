import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import {
  libraryPath,
  libraryProblem,
  preloadValue,
  requireLibrary,
} from '../../src/runner/fast-sockets-library.js';

describe('the library', () => {
  it('is the built one unless another is named', () => {
    expect(libraryPath({})).toMatch(/\/build\/native\/fastsock\/libfastsock\.so$/);
    expect(libraryPath({ IPCBENCH_FASTSOCK: '/opt/lib.so' })).toBe('/opt/lib.so');
    expect(libraryPath({ IPCBENCH_FASTSOCK: '' })).toBe(libraryPath({}));
  });

  it('has to be there, at a path that LD_PRELOAD can hold', () => {
    expect(libraryProblem('/no/such/lib.so')?.remedy).toBe('npm run build:native');
    expect(libraryProblem('/a b/lib.so')?.reason).toMatch(/a blank or a colon/);
    expect(libraryProblem('/a:b/lib.so')?.reason).toMatch(/a blank or a colon/);
    expect(libraryProblem(process.execPath)).toBeNull();
  });

  it('is asked for with what to do', () => {
    expect(() => requireLibrary('/no/such/lib.so')).toThrow(UserError);
    expect(() => requireLibrary('/no/such/lib.so')).toThrow(
      'The Fast Sockets library is not built.',
    );
    expect(() => requireLibrary(process.execPath)).not.toThrow();
  });
});

it('stands in front of what is preloaded already', () => {
  expect(preloadValue('/f.so', undefined)).toBe('/f.so');
  expect(preloadValue('/f.so', '')).toBe('/f.so');
  expect(preloadValue('/f.so', '/a.so /b.so')).toBe('/f.so:/a.so /b.so');
});
