// Writes man/ipcbench.1 from oclif.manifest.json: what --help says of every command, as one page.
//   node scripts/man.mjs        (the build calls this, after the manifest was written)
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8'));
const { description, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const ENVIRONMENT = [
  ['IPCBENCH_RESULTS', 'where results are kept'],
  ['IPCBENCH_FASTSOCK', 'the library that `speed` preloads, where it is not the built one'],
  ['XDG_STATE_HOME', 'results of an installed ipcbench are in ipcbench/results below it'],
  ['XDG_CACHE_HOME', 'the native part is kept in ipcbench below it where it had to be built'],
  ['NO_COLOR', 'set to anything: no colours'],
];

const EXIT_CODES = [
  ['0', 'done; rows may say "not available"'],
  ['1', 'a cell failed'],
  ['2', 'bad input; the standard error says what to do'],
  ['3', '`compare --fail-if`: a threshold is exceeded, or something is missing to tell'],
  ['70', 'a bug in ipcbench'],
  ['129, 130, 143', 'hung up, interrupted, terminated'],
];

/** Text that roff shows as it is: its own characters escaped, no line that begins a request. */
function plain(text) {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}

/** Prose: what stands between backticks is set in bold. */
function prose(text) {
  return text
    .split(/`([^`\n]+)`/)
    .map((part, i) => (i % 2 === 0 ? plain(part) : `\\fB${plain(part)}\\fR`))
    .join('');
}

const paragraphs = (text) => text.split(/\n{2,}/).map((one) => `.PP\n${prose(one)}`);
const items = (rows) => rows.map(([term, meaning]) => `.TP\n.B ${plain(term)}\n${prose(meaning)}`);

function flagTerm({ char, name, type, helpValue, multiple }) {
  const names = `${char ? `\\-${char}, ` : ''}\\-\\-${plain(name)}`;
  if (type === 'boolean') return `.TP\n.B ${names}`;
  const value = plain(helpValue ?? 'VALUE') + (multiple ? '...' : '');
  return `.TP\n\\fB${names}\\fR=\\fI${value}\\fR`;
}

function commandLines([id, command]) {
  const flags = Object.values(command.flags).filter(({ hidden }) => !hidden);
  const args = Object.values(command.args).map(({ name, required }) => {
    const word = plain(name.toUpperCase());
    return required ? word : `[${word}]`;
  });
  const words = [`\\fBipcbench ${plain(id.replaceAll(':', ' '))}\\fR`, ...args];
  if (flags.length > 0) words.push('[\\fIflags\\fR]');
  const examples = (command.examples ?? []).flatMap(({ description: what, command: lines }) => [
    `.PP\n${prose(what)}:`,
    '.PP\n.nf\n.RS',
    plain(lines.replaceAll('<%= config.bin %>', 'ipcbench')),
    '.RE\n.fi',
  ]);
  return [
    `.SS "${plain(id.replaceAll(':', ' '))}"`,
    words.join(' '),
    ...paragraphs(command.description ?? command.summary ?? ''),
    ...Object.values(command.args).map(
      ({ name, description: what }) => `.TP\n.I ${plain(name.toUpperCase())}\n${prose(what ?? '')}`,
    ),
    ...flags.flatMap((flag) => [flagTerm(flag), prose(flag.description ?? '')]),
    ...examples,
  ];
}

const commands = Object.entries(manifest.commands)
  .filter(([, { hidden, pluginName }]) => !hidden && pluginName === 'ipcbench')
  .sort(([a], [b]) => (a < b ? -1 : 1));

const page = [
  '.\\" Written by scripts/man.mjs from what the commands say of themselves.',
  `.TH IPCBENCH 1 "" "ipcbench ${plain(version)}" "User Commands"`,
  '.SH NAME',
  `ipcbench \\- ${plain(description.charAt(0).toLowerCase() + description.slice(1))}`,
  '.SH SYNOPSIS',
  '.B ipcbench',
  '\\fIcommand\\fR [\\fIargument\\fR ...] [\\fIflags\\fR]',
  '.SH DESCRIPTION',
  prose(
    'Starts fresh pairs of client and server processes, has them exchange verified messages over each mechanism that the system offers, and reports round\u2010trip time, throughput, and what both sides together cost in user and system time.',
  ),
  '.SH COMMANDS',
  ...commands.flatMap(commandLines),
  '.SH "EXIT STATUS"',
  ...items(EXIT_CODES),
  '.SH ENVIRONMENT',
  ...items(ENVIRONMENT),
  '.SH "SEE ALSO"',
  '.BR perf (1),',
  '.BR bpftrace (8),',
  '.BR getrusage (2)',
  '',
].join('\n');

mkdirSync(join(root, 'man'), { recursive: true });
writeFileSync(join(root, 'man', 'ipcbench.1'), page);
