import { chmodSync, chownSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { diagnoseProgram } from '../../src/host/speed-doctor.js';
import { Workshop } from '../support/preload.js';

const workshop = new Workshop();
afterAll(() => workshop.remove());

const NOT_BUILT = '/nonexistent/libfastsock.so';
const diagnose = (program: string) => diagnoseProgram(program, NOT_BUILT, process.env);

const CLIENT = 'int connect(int, const void *, int); int main(void) { return connect(1, 0, 0); }';

describe('diagnoseProgram', () => {
  it('says yes to Node', async () => {
    const diagnosis = await diagnose(process.execPath);
    expect(diagnosis).toMatchObject({ answer: 'yes', files: [process.execPath] });
    expect(diagnosis?.findings.find(({ check }) => check === 'sockets')?.reason).toContain(
      'accept4',
    );
  });

  it('says no to a static program, and asks nothing more', async () => {
    const diagnosis = await diagnose(workshop.compile('static', CLIENT, '-static'));
    expect(diagnosis?.answer).toBe('no');
    expect(diagnosis?.findings.at(-1)).toMatchObject({ check: 'linking', verdict: 'no' });
  });

  it('says no to a program that has nothing to carry', async () => {
    const path = workshop.compile('quiet', 'int main(void) { return 0; }');
    expect(await diagnose(path)).toMatchObject({ answer: 'no' });
  });

  it('sees calls that a library makes', async () => {
    const flags = ['-shared', '-fPIC'];
    workshop.compile(
      'libinner.so',
      'int connect(int, const void *, int); int f(void) { return connect(1, 0, 0); }',
      ...flags,
    );
    const link = [`-L${workshop.folder}`, '-linner', `-Wl,-rpath,$ORIGIN`];
    const path = workshop.compile('outer', 'int f(void); int main(void) { return f(); }', ...link);
    const diagnosis = await diagnose(path);
    expect(diagnosis?.findings.find(({ check }) => check === 'sockets')?.reason).toContain(
      'libinner.so',
    );
  });

  it('sees liburing', async () => {
    workshop.compile(
      'liburing.so',
      'int io_uring_queue_exit(void) { return 0; }',
      '-shared',
      '-fPIC',
    );
    const source = `${CLIENT.replace('return', 'io_uring_queue_exit(); return')}`;
    const path = workshop.compile(
      'uring',
      `int io_uring_queue_exit(void); ${source}`,
      `-L${workshop.folder}`,
      '-luring',
    );
    expect(await diagnose(path)).toMatchObject({ answer: 'perhaps' });
  });

  it('follows a script to its interpreter', async () => {
    const path = workshop.write('script', `#!${process.execPath}\n`);
    const diagnosis = await diagnose(path);
    expect(diagnosis).toMatchObject({ answer: 'yes', files: [path, process.execPath] });
    expect(diagnosis?.findings[0]).toMatchObject({ check: 'script', verdict: 'note' });
    const lost = await diagnose(workshop.write('lost', '#!/no/such/interpreter\n'));
    expect(lost).toMatchObject({ answer: 'no' });
  });

  it('says no to what is no program for this machine', async () => {
    const foreign = Buffer.alloc(64);
    foreign.set([0x7f, 0x45, 0x4c, 0x46, 1, 2, 1]);
    foreign.writeUInt16BE(8, 18);
    const path = workshop.write('foreign', foreign.toString('latin1'));
    expect(await diagnose(path)).toMatchObject({ answer: 'no' });
    expect(await diagnose(workshop.write('nonsense', '\0\0\0\0'))).toMatchObject({ answer: 'no' });
    const cut = workshop.write('cut', `\x7fELF\x02\x01\x01${'\0'.repeat(11)}>`);
    expect(await diagnose(cut)).toMatchObject({ answer: 'no' });
  });

  it('is null without a program', async () => {
    expect(await diagnose('no-such-program')).toBeNull();
  });

  it.skipIf(process.getuid?.() !== 0)('says no to a setuid program (as root)', async () => {
    const path = join(workshop.folder, 'setuid');
    copyFileSync(workshop.compile('client', CLIENT), path);
    chownSync(path, 65534, 65534);
    chmodSync(path, 0o4755);
    expect(await diagnose(path)).toMatchObject({ answer: 'no' });
  });
});
