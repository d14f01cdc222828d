import { expect, test } from 'vitest';
import { splitCommandLine } from '../../src/session/command-line.js';

test.each([
  ['ipcbench compare pipe tcp:size=4k', ['ipcbench', 'compare', 'pipe', 'tcp:size=4k']],
  [
    "ipcbench compare 'a b'  --fail-if 'rtt > 5%'",
    ['ipcbench', 'compare', 'a b', '--fail-if', 'rtt > 5%'],
  ],
  ["x 'it'\\''s' ''", ['x', "it's", '']],
  ['', []],
])('%s', (text, words) => {
  expect(splitCommandLine(text)).toEqual(words);
});
