// Builds the native parts that the package brings along, for machines without a compiler:
// prebuilt/linux-x64 and prebuilt/linux-arm64, each with ipcbench-peer and libfastsock.so, without
// debug information. `npm pack` calls this (prepack).
//
//   node scripts/prebuild.mjs [ARCH...]
//
// The other architecture needs a cross compiler (gcc-aarch64-linux-gnu, gcc-x86-64-linux-gnu of
// Debian); without it that one is left out, and machines of its kind build their own.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const TRIPLETS = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };
const PROCESSORS = { x64: 'x86_64', arm64: 'aarch64' };
const FILES = ['ipcbench-peer', join('fastsock', 'libfastsock.so')];

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error || status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}`);
}

const works = (command) =>
  spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;

/** The words in front of the compiler's tools; null = this machine can't build for it. */
function prefixFor(arch) {
  const prefix = arch === process.arch ? '' : `${TRIPLETS[arch]}-`;
  return works(`${prefix}gcc`) && works(`${prefix}strip`) ? prefix : null;
}

function build(arch, prefix) {
  const tree = join('build', `prebuilt-${arch}`);
  // ONC RPC's headers are the same for every processor, and the library is loaded at run time.
  const settings = [
    '-DCMAKE_BUILD_TYPE=Release',
    `-DCMAKE_C_COMPILER=${prefix}gcc`,
    ...(prefix === ''
      ? []
      : ['-DCMAKE_SYSTEM_NAME=Linux', `-DCMAKE_SYSTEM_PROCESSOR=${PROCESSORS[arch]}`]),
  ];
  run('cmake', ['-S', 'native', '-B', tree, ...settings]);
  run('cmake', ['--build', tree, '--target', 'ipcbench-peer', 'fastsock', '-j2']);
  const folder = join(root, 'prebuilt', `linux-${arch}`);
  for (const file of FILES) {
    const target = join(folder, file);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(root, tree, file), target);
    // Symbols stay: profiles name them.
    run(`${prefix}strip`, ['--strip-debug', target]);
    chmodSync(target, 0o755);
  }
  console.error(`prebuilt/linux-${arch}`);
}

if (process.platform !== 'linux') {
  console.error('prebuild: native parts are built on Linux; the package will have none');
} else {
  const asked = process.argv.slice(2);
  rmSync(join(root, 'prebuilt'), { recursive: true, force: true });
  for (const arch of asked.length > 0 ? asked : Object.keys(TRIPLETS)) {
    if (!(arch in TRIPLETS)) throw new Error(`${arch}: there is x64, and arm64`);
    const prefix = prefixFor(arch);
    if (prefix !== null) build(arch, prefix);
    else
      console.error(
        `prebuild: no compiler for ${arch} (gcc-${TRIPLETS[arch].replace('_', '-')}); left out`,
      );
  }
  if (!existsSync(join(root, 'prebuilt'))) console.error('prebuild: nothing was built');
}
