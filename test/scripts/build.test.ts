import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));
const build = (...args: string[]) =>
  spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    env: { PATH: '/nonexistent' },
  });

describe('the build', () => {
  it.each([[[]], [['native']]])('says what to install when the tools are missing: %j', (args) => {
    const { status, stderr } = build(...args);
    expect(status).toBe(1);
    expect(stderr).toContain('needs a C compiler and cmake and make');
    expect(stderr).toContain('apt-get install gcc cmake make');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('knows its parts', () => {
    const { status, stderr } = build('everything');
    expect(status).toBe(1);
    expect(stderr).toContain('unknown part "everything"');
  });
});
