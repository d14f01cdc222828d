import type { ProbeDescriptor } from './types.js';

export default {
  name: 'futex',
  title: 'futex hand-off',
  family: 'shared-memory',
  summary:
    'A word in shared memory passes the turn and a futex puts the waiting peer to sleep; the payload is copied into shared memory and out of it. A lower bound for mechanisms that block.',
  aliases: ['futexes'],
  copies: { user: 2, kernel: 0 },
  diagram: [
    'client                       memory of both, kernel                   server',
    '',
    'copy in          --(1)-->  [ slot for requests ]  --(2)-->          copy out',
    'store, wake                --->  [ word 0 ]  --->                 load, wait',
    '',
    'copy out         <--(2)--  [ slot for replies  ]  <--(1)--           copy in',
    'load, wait                 <---  [ word 1 ]  <---                store, wake',
    '',
    '(1) copied into the shared memory by the sender, (2) out of it by the receiver',
    'The kernel is entered only to sleep (FUTEX_WAIT) and to wake (FUTEX_WAKE).',
  ].join('\n'),
  systemCalls: { block: null, spin: 0 },
  limits: 'None of its own: the shared memory is as large as the message.',
  sources: [
    'futex(2)',
    'futex(7)',
    'Franke, Russell & Kirkwood, Fuss, Futexes and Furwocks (OLS 2002)',
  ],
} satisfies ProbeDescriptor;
