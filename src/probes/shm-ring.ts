import type { ProbeDescriptor } from './types.js';

export default {
  name: 'shm-ring',
  title: 'shared-memory ring',
  family: 'shared-memory',
  summary:
    'A ring in shared memory for each direction, with one producer and one consumer. Under spin no system call is made: the bound set by the processor’s caches.',
  aliases: ['ring', 'shm', 'shared-memory'],
  copies: { user: 2, kernel: 0 },
  diagram: [
    'client                           memory of both                       server',
    '',
    'copy in          --(1)-->  [ ring for requests ]  --(2)-->          copy out',
    'head += n                --->   head    tail   <---                tail += n',
    '',
    'copy out         <--(2)--  [ ring for replies  ]  <--(1)--           copy in',
    'tail += n                --->   tail    head   <---                head += n',
    '',
    '(1) copied into the ring by the sender, (2) out of it by the receiver',
    'head counts the bytes produced, tail those consumed; a peer with nothing to',
    'do polls them, or sleeps on them with a futex.',
  ].join('\n'),
  systemCalls: { block: null, spin: 0 },
  limits:
    'A ring holds 256 KiB; a message above 16 KiB is published in pieces, so that both copies overlap.',
  sources: [
    'shm_overview(7)',
    'memfd_create(2)',
    'Lamport, Concurrent Reading and Writing (CACM 20(11), 1977)',
  ],
} satisfies ProbeDescriptor;
