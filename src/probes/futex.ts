import type { ProbeDescriptor } from './types.js';

export default {
  name: 'futex',
  title: 'futex hand-off',
  family: 'shared-memory',
  summary:
    'A word in shared memory passes the turn and a futex puts the waiting peer to sleep; the payload is copied into shared memory and out of it. A lower bound for mechanisms that block.',
  aliases: ['futexes'],
  copies: { user: 2, kernel: 0 },
  systemCalls: { block: null, spin: 0 },
  limits: 'None of its own: the shared memory is as large as the message.',
  sources: [
    'futex(2)',
    'futex(7)',
    'Franke, Russell & Kirkwood, Fuss, Futexes and Furwocks (OLS 2002)',
  ],
} satisfies ProbeDescriptor;
