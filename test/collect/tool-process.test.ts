import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ToolProcess } from '../../src/collect/tool-process.js';

const signal = new AbortController().signal;
const TRAP = 'trap "echo bye; exit 3" INT; echo here; while :; do sleep 0.05; done';

function alive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a tool', () => {
  it('is ready when its output says so, and ends in order', async () => {
    const tool = new ToolProcess(['sh', '-c', TRAP], {
      signal,
      ready: ({ stdout }) => stdout.includes('here'),
    });
    await tool.ready();
    expect(await tool.end()).toMatchObject({ code: 3, stdout: 'here\nbye\n' });
    expect(alive(tool.child.pid)).toBe(false);
  });

  it('that ends before it is ready is an error with its last words', async () => {
    const tool = new ToolProcess(['sh', '-c', 'echo no rights >&2; exit 1'], {
      signal,
      ready: () => false,
    });
    await expect(tool.ready()).rejects.toThrow('sh ended at once: no rights');
  });

  it.each([undefined, false as const])(
    'that there is not is one too (lifeline %s)',
    async (way) => {
      const options = { signal, ready: () => false, ...(way === false && { lifeline: way }) };
      const tool = new ToolProcess(['no-such-tool'], options);
      await expect(tool.ready()).rejects.toThrow('no-such-tool');
    },
  );

  it('ends at once when it is aborted, whatever it does', async () => {
    const controller = new AbortController();
    const tool = new ToolProcess(['sh', '-c', 'trap "" INT TERM; echo here; sleep 60'], {
      signal: controller.signal,
      ready: ({ stdout }) => stdout.includes('here'),
    });
    await tool.ready();
    controller.abort();
    expect(await tool.ended).toMatchObject({ signal: 'SIGKILL' });
  });

  it('does not outlive the process that started it', async () => {
    const source = new URL('../../src/collect/tool-process.ts', import.meta.url).pathname;
    const { readFileSync } = await import('node:fs');
    const lifeline = /const LIFELINE = (\[[\s\S]*?\]\.join\('\\n'\));/.exec(
      readFileSync(source, 'utf8'),
    )?.[1];
    // The same script, started by a program that is then killed.
    const starter = `
      const { spawn } = require('node:child_process');
      const child = spawn('/bin/sh', ['-c', ${lifeline}, 'sh', 'INT', 'sleep', '60'], {
        detached: true, stdio: ['pipe', 'inherit', 'inherit'] });
      console.log(child.pid);`;
    const parent = spawn(process.execPath, ['-e', starter], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [text] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(text.toString());
    expect(alive(pid)).toBe(true);
    parent.kill('SIGKILL');
    const limit = performance.now() + 5000;
    while (alive(pid) && performance.now() < limit) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(alive(pid)).toBe(false);
  });
});
