// Runs every test: vitest for TypeScript, ctest for C. The last line sums what the two runners
// counted themselves. Fails when a test fails or when a runner executed nothing.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const filters = process.argv.slice(2);

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error) console.error(`test: ${command}: ${error.message}`);
  return error ? 1 : (status ?? 1);
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** Counts of a vitest JSON report. */
function vitestCounts(text) {
  if (text === null) return null;
  const report = JSON.parse(text);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** Counts of ctest's JUnit report, from the attributes of its testsuite element. */
function ctestCounts(text) {
  const suite = text?.match(/<testsuite\b[^>]*>/s)?.[0];
  if (suite === undefined) return null;
  const attribute = (name) => Number(suite.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0);
  const failed = attribute('failures') + attribute('errors');
  const skipped = attribute('skipped') + attribute('disabled');
  return { passed: attribute('tests') - failed - skipped, failed, skipped };
}

function runVitest(folder) {
  const file = join(folder, 'vitest.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const status = run(process.execPath, [vitest, 'run', ...reporters, ...filters]);
  return { name: 'vitest', status, counts: vitestCounts(read(file)) };
}

function runCtest(folder) {
  const file = join(folder, 'ctest.xml');
  const args = ['--test-dir', 'build/native', '--output-junit', file, '--output-on-failure'];
  // Real processes race with whatever else the machine does: what fails once is said, and tried
  // a second time.
  args.push('--repeat', 'until-pass:2', '--parallel', '2');
  const status = run('ctest', args);
  return { name: 'ctest', status, counts: ctestCounts(read(file)) };
}

const folder = mkdtempSync(join(tmpdir(), 'ipcbench-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
let good = true;
try {
  for (const { name, status, counts } of [runVitest(folder), runCtest(folder)]) {
    const executed = counts === null ? 0 : counts.passed + counts.failed;
    if (executed === 0) console.error(`test: ${name} executed nothing`);
    else if (status !== 0 && counts.failed === 0)
      console.error(`test: ${name} ended with ${status}`);
    good &&= status === 0 && executed > 0 && counts.failed === 0;
    for (const key of Object.keys(total)) total[key] += counts?.[key] ?? 0;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = good ? 0 : 1;
