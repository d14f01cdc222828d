// Runs every test: vitest for TypeScript, ctest for C. The last line sums what the two runners
// counted themselves. Fails when a test fails or when a runner executed nothing.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
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

/** Counts of a vitest JSON report, and what failed. */
function vitestReport(text) {
  if (text === null) return null;
  const report = JSON.parse(text);
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    // A file that couldn't be read has no test.
    if (status === 'failed' && failed.length === 0) return [`${file}: ${brief(message)}`];
    return failed.map((test) => `${file} > ${test.fullName}: ${brief(test.failureMessages[0])}`);
  });
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  };
}

/** Counts of ctest's JUnit report, from the attributes of its testsuite element. */
function ctestReport(text) {
  const suite = text?.match(/<testsuite\b[^>]*>/s)?.[0];
  if (suite === undefined) return null;
  const attribute = (name) => Number(suite.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0);
  const failed = attribute('failures') + attribute('errors');
  const skipped = attribute('skipped') + attribute('disabled');
  const cases = text.match(/<testcase\b[^>]*\bstatus="fail"[^>]*>/g) ?? [];
  const failures = cases.map((element) => element.match(/\bname="([^"]*)"/)?.[1] ?? element);
  return { passed: attribute('tests') - failed - skipped, failed, skipped, failures };
}

/** A message's first lines, with a property's seed, cut to where they still say something. */
function brief(message) {
  return (message ?? '').split('\n', 3).join(' ').slice(0, 300);
}

function runVitest(folder) {
  const file = join(folder, 'vitest.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const status = run(process.execPath, [vitest, 'run', ...reporters, ...filters]);
  return { name: 'vitest', status, report: vitestReport(read(file)) };
}

function runCtest(folder) {
  const file = join(folder, 'ctest.xml');
  const args = ['--test-dir', 'build/native', '--output-junit', file, '--output-on-failure'];
  // Real processes race with whatever else the machine does: what fails once is said, and tried
  // a second time.
  // Many of them wait more than they compute.
  args.push('--repeat', 'until-pass:2', '--parallel', '4');
  const status = run('ctest', args);
  return { name: 'ctest', status, report: ctestReport(read(file)) };
}

const folder = mkdtempSync(join(tmpdir(), 'ipcbench-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const said = [];
let good = true;
try {
  // What failed is said once more at the end, where it is looked for.
  for (const { name, status, report } of [runVitest(folder), runCtest(folder)]) {
    const executed = report === null ? 0 : report.passed + report.failed;
    if (executed === 0) said.push(`${name} executed nothing`);
    else if (status !== 0 && report.failed === 0) said.push(`${name} ended with ${status}`);
    for (const failure of report?.failures ?? []) said.push(`${name} failed: ${failure}`);
    good &&= status === 0 && executed > 0 && report.failed === 0;
    for (const key of Object.keys(total)) total[key] += report?.[key] ?? 0;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const line of said) console.error(`test: ${line}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = good ? 0 : 1;
