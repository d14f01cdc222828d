// Programs as they are installed, on both sides, on one, and on none: each must do what
// it does without the library.
//   node servers.mjs LIBRARY [NAME...]       LIBRARY is what LD_PRELOAD is set to
// Prints one line per check. Whatever isn't installed is skipped, with its reason.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Run, modes, sleep } from './run.mjs';
import { iperf3, sockperf } from './measurers.mjs';
import { nginx } from './nginx.mjs';
import { node, python } from './languages.mjs';
import { databases } from './databases.mjs';
import { inetd } from './inetd.mjs';
import { redis } from './redis.mjs';
import { transfers } from './transfers.mjs';
import { web } from './web.mjs';

const programs = { redis, nginx, iperf3, sockperf, python, node, inetd, databases, web, transfers };
const [library, ...names] = process.argv.slice(2);
if (!library || names.some((name) => !programs[name])) {
  console.error(`node servers.mjs LIBRARY [${Object.keys(programs).join('|')}...]`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'fs-servers-'));
const runs = new Set();
let stopping = false;
const counts = { ok: 0, failed: 0, skipped: 0 };

function report(outcome, name, note = '') {
  counts[outcome]++;
  console.log(`${outcome.padEnd(8)} ${name}${note ? `: ${note}` : ''}`);
}

/** Connections accelerated, by the statistics of all processes of a run. */
function accelerated(file) {
  try {
    const text = readFileSync(file, 'utf8');
    return [...text.matchAll(/"accelerated":\s*(\d+)/g)].reduce((sum, m) => sum + Number(m[1]), 0);
  } catch {
    return 0;
  }
}

/** As an error's message, or undefined. */
async function attempt(program, mode, expected) {
  const stats = join(folder, `stats-${Math.random().toString(36).slice(2)}`);
  // Some run as somebody else.
  writeFileSync(stats, '');
  chmodSync(stats, 0o666);
  const run = new Run({ library, mode, stats, folder });
  let answer;
  runs.add(run);
  try {
    answer = await program(run);
  } catch (error) {
    return { problem: error.message.split('\n').slice(0, 6).join(' | ') };
  } finally {
    await run.end();
    runs.delete(run);
  }
  if (expected !== undefined && JSON.stringify(answer) !== JSON.stringify(expected))
    return { problem: `${JSON.stringify(answer)} instead of ${JSON.stringify(expected)}` };
  await sleep(20);
  const count = accelerated(stats);
  if (mode === 'both' && count === 0 && !program.mayStay)
    return { answer, problem: 'nothing was accelerated' };
  if (mode !== 'both' && count > 0 && !(program.amongServers && mode === 'server'))
    return { answer, problem: `${count} were accelerated` };
  return { answer, count };
}

async function all(name, part, program) {
  const missing = program.missing?.();
  if (missing) {
    report('skipped', `${name} ${part}`, missing);
    return;
  }
  let expected;
  for (const mode of program.only ?? modes) {
    if (stopping) return;
    const began = Date.now();
    const { answer, count, problem } = await attempt(program, mode, expected);
    const label = `${name} ${part}, ${mode}`;
    if (problem) report('failed', label, problem);
    else report('ok', label, `${Date.now() - began} ms${count ? `, ${count} accelerated` : ''}`);
    if (mode !== 'none') continue;
    // Without it there is nothing to compare with.
    if (problem) return;
    expected = answer;
  }
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
  process.once(signal, async () => {
    stopping = true;
    await Promise.all([...runs].map((run) => run.end()));
    rmSync(folder, { recursive: true, force: true });
    process.exit(1);
  });

const waiting = (names.length > 0 ? names : Object.keys(programs)).flatMap((name) =>
  Object.entries(programs[name]).map(([part, program]) => [name, part, program]),
);
// Two at a time: much of it is waiting for programs to start and to end.
await Promise.all(
  [1, 2].map(async () => {
    while (waiting.length > 0 && !stopping) await all(...waiting.shift());
  }),
);
rmSync(folder, { recursive: true, force: true });
console.log(`${counts.ok} ok, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : counts.ok > 0 ? 0 : 77;
