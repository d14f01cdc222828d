// Lints and checks formatting: biome for TypeScript, clang-format for C.
//   node scripts/lint.mjs            check
//   node scripts/lint.mjs --write    put right what can be put right
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const write = process.argv.includes('--write');

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error) {
    console.error(`lint: ${command}: ${error.message}`);
    return false;
  }
  return status === 0;
}

function lintTypeScript() {
  const biome = join(root, 'node_modules', '.bin', 'biome');
  const compiles = run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'test', '--noEmit']);
  return run(biome, ['check', '--error-on-warnings', ...(write ? ['--write'] : [])]) && compiles;
}

function lintC() {
  if (spawnSync('clang-format', ['--version'], { stdio: 'ignore' }).status !== 0) {
    console.log(
      'C formatting: not available: clang-format is not installed (apt-get install clang-format)',
    );
    return true;
  }
  const files = readdirSync(join(root, 'native'), { recursive: true })
    .filter((file) => /\.[ch]$/.test(file))
    .map((file) => join('native', file))
    .sort();
  if (files.length === 0) return true;
  return run('clang-format', [...(write ? ['-i'] : ['--dry-run', '-Werror']), ...files]);
}

const results = [run(process.execPath, ['scripts/build.mjs', 'index']), lintTypeScript(), lintC()];
process.exitCode = results.every(Boolean) ? 0 : 1;
