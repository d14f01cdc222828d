// Measures the reference run anew and makes all that is drawn and quoted from it:
//   node scripts/reference.mjs
// results/reference/ then holds four saved results (.json), their cells as CSV, and the figures
// that README.md shows; the README's table is replaced too. About ten minutes on a quiet machine.
// Nothing is replaced before everything was measured.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'results', 'reference');
const SIZES = ['--size', '1,16,256,4k,16k,64k,256k,1m'];
const PLACE = ['--placement', 'two-cores', '--seed', '1'];

/** Results, and how each was measured. */
const MEASURED = {
  mechanisms: ['run', '--all', '--size', '1,64k', '--wait', 'block,adaptive', ...PLACE].concat([
    '--trials',
    '5',
    '--duration',
    '200ms',
  ]),
  'doors-tcp': ['compare', 'doors:wait=adaptive', 'tcp:wait=adaptive', ...SIZES, ...PLACE].concat([
    '--trials',
    '21',
  ]),
  table1: ['reproduce', 'table1', '--seed', '1'],
  'speed-library': ['reproduce', 'speed-library', '--quick', '--seed', '1'],
};

/** Figures: kind, result, and what of it is drawn. */
const FIGURES = {
  'medians.svg': ['bars', 'mechanisms', '--cell', 'ADAPTIVE-1'],
  'doors-tcp.svg': ['sweep', 'doors-tcp'],
  'table1.svg': ['bars', 'table1', '--published'],
};

function ipcbench(args, place) {
  const words = args.map((word) => (/[\s;]/.test(word) ? JSON.stringify(word) : word));
  console.error(`$ npx ipcbench ${words.join(' ')}`);
  execFileSync(join(root, 'bin', 'run.js'), args, { cwd: place, stdio: ['ignore', 2, 2] });
}

/** What the figure of medians shows: one byte, polled for; not the null probe, which is no mechanism. */
function adaptiveCells(file) {
  const { results } = JSON.parse(readFileSync(file, 'utf8'));
  return results
    .map((cell, i) => ({ cell, number: String(i + 1) }))
    .filter(({ cell }) => cell.status === 'ok' && cell.probe !== 'null')
    .filter(({ cell }) => cell.wait === 'adaptive' && cell.size_bytes === 1)
    .map(({ number }) => number)
    .join(',');
}

mkdirSync(folder, { recursive: true });
const place = mkdtempSync(join(folder, '.new-'));
try {
  for (const [name, args] of Object.entries(MEASURED))
    ipcbench([...args, '--output', `${name}.json`], place);
  for (const name of Object.keys(MEASURED))
    ipcbench(['export', `${name}.json`, '--format', 'csv', '--output', `${name}.csv`], place);
  for (const [file, [kind, name, ...rest]] of Object.entries(FIGURES)) {
    const words = rest.map((word) =>
      word === 'ADAPTIVE-1' ? adaptiveCells(join(place, `${name}.json`)) : word,
    );
    ipcbench(['plot', `${name}.json`, '--kind', kind, '-o', file, ...words], place);
  }
  const files = Object.keys(MEASURED).flatMap((name) => [`${name}.json`, `${name}.csv`]);
  for (const file of [...files, ...Object.keys(FIGURES)])
    renameSync(join(place, file), join(folder, file));
} finally {
  rmSync(place, { recursive: true, force: true });
}
execFileSync(process.execPath, [join(root, 'scripts', 'readme-table.mjs')], { stdio: 'inherit' });
