import { defineConfig } from 'vitest/config';

/** No test in these folders and files carries out a real trial. */
const WITHOUT_TRIALS = [
  'test/{commands,host,plan,probes,render,scripts,session,stats,store}/**/*.test.ts',
  'test/cli/{errors,export}.test.ts',
  'test/e2e/report.test.ts',
];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    // What commands print is captured by the tests themselves.
    disableConsoleIntercept: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'without trials',
          include: WITHOUT_TRIALS,
          // Of two processors vitest would leave one idle.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'with trials',
          include: ['test/**/*.test.ts'],
          exclude: WITHOUT_TRIALS,
          // They are timed and bound to processors: two test files at once would disturb each other.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
