import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../errors.js';
import { listenForInterrupts } from '../session/interrupts.js';
import {
  cachedFolder,
  filesIn,
  isInstalled,
  type NativeFiles,
  nativeFiles,
  PACKAGE_ROOT,
} from './native-files.js';

const run = promisify(execFile);

const QUERY_LIMIT_MS = 10_000;

/**
 * The native part that works on this machine. An installed package brings some along; where none
 * of them works (another processor, another C library), one is built from the sources in the
 * package, once, and kept in the user's cache directory. A checkout is built by its own scripts.
 *
 * @throws UserError when none works and none can be built, with what is missing
 */
export async function ensureNative(
  env: NodeJS.ProcessEnv = process.env,
  packageRoot = PACKAGE_ROOT,
): Promise<NativeFiles> {
  const found = nativeFiles(env, packageRoot);
  if (!isInstalled(packageRoot)) return found;
  const trouble = await troubleWith(found.executable);
  if (trouble === null) return found;
  const folder = cachedFolder(env, packageRoot);
  process.stderr.write(
    `the native part that comes with ipcbench doesn't work here (${trouble}); building it, once, in ${folder}\n`,
  );
  await build(join(packageRoot, 'native'), folder);
  return filesIn(folder);
}

/** Why the executable can't be used; null = it works. */
async function troubleWith(executable: string): Promise<string | null> {
  if (!existsSync(executable)) return `there is none for ${process.platform}-${process.arch}`;
  try {
    await run(executable, ['--layout'], { timeout: QUERY_LIMIT_MS });
    return null;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    // Without its dynamic linker, as on musl, a file that is there is said not to be.
    if (message.includes('ENOENT')) return 'it needs another C library';
    const said = (stderr ?? '').trim().split('\n').at(-1);
    return said?.replace(`${executable}: `, '') || message;
  }
}

async function build(sources: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const place = await mkdtemp(join(dirname(folder), 'building-'));
  const interrupts = listenForInterrupts();
  try {
    const tree = join(place, 'tree');
    const log = join(place, 'log');
    const settings = ['-DCMAKE_BUILD_TYPE=Release', '-DIPCBENCH_WERROR=OFF'];
    const { signal } = interrupts;
    await step(['cmake', '-S', sources, '-B', tree, ...settings], log, signal);
    const targets = ['--target', 'ipcbench-peer', 'fastsock', '-j', `${availableParallelism()}`];
    await step(['cmake', '--build', tree, ...targets], log, signal);
    const built = filesIn(tree);
    const ready = join(place, 'ready');
    const kept = filesIn(ready);
    await mkdir(dirname(kept.library), { recursive: true });
    await copyFile(built.executable, kept.executable);
    await copyFile(built.library, kept.library);
    // What is there already doesn't work, or another one has just built it.
    await rm(folder, { recursive: true, force: true });
    await rename(ready, folder);
  } finally {
    await rm(place, { recursive: true, force: true });
    interrupts.release();
    const code = interrupts.exitCode();
    if (code !== null) process.exit(code);
  }
  const trouble = await troubleWith(filesIn(folder).executable);
  if (trouble !== null) throw new UserError(`The native part was built, and fails: ${trouble}.`);
}

/** @throws UserError with the end of what was printed */
async function step(
  [command = '', ...args]: readonly string[],
  log: string,
  signal: AbortSignal,
): Promise<void> {
  const fd = openSync(log, 'w');
  try {
    const child = spawn(command, args, { stdio: ['ignore', fd, fd], signal });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (code !== 0) throw new Error(await endOf(log));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? `${command} is not installed` : message;
    throw new UserError(`The native part can't be built: ${reason}`, [
      'Building it needs a C compiler, cmake and make; on Debian: apt-get install gcc cmake make',
    ]);
  } finally {
    closeSync(fd);
  }
}

async function endOf(log: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return (await readFile(log, 'utf8')).trim().split('\n').slice(-12).join('\n');
}
