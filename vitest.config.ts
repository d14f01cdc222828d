import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Trials are timed and bound to processors: two test files at once would disturb each other.
    fileParallelism: false,
    testTimeout: 20_000,
    // What commands print is captured by the tests themselves.
    disableConsoleIntercept: true,
  },
});
