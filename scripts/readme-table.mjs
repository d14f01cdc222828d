// Replaces the README's table of results with a fresh one:
//   node scripts/readme-table.mjs
// The command is the one printed above the table, so the two can't disagree.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = `${root}README.md`;
const text = readFileSync(readme, 'utf8');
const block = /(<!-- results -->\n```\n\$ npx ipcbench )([^\n]+)\n[\s\S]*?\n```/;
const command = block.exec(text)?.[2];
if (command === undefined) throw new Error('README.md has no block marked <!-- results -->');
const table = execFileSync(`${root}bin/run.js`, command.split(' '), {
  encoding: 'utf8',
  env: { ...process.env, COLUMNS: '132' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
writeFileSync(
  readme,
  text.replace(block, (_, head) => `${head}${command}\n${table.trimEnd()}\n\`\`\``),
);
