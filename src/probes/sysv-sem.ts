import type { ProbeDescriptor } from './types.js';

export default {
  name: 'sysv-sem',
  title: 'System V semaphores',
  family: 'system-v',
  summary:
    'Two System V semaphores pass the turn; the payload is copied into System V shared memory by the sender and out of it by the receiver.',
  aliases: ['semaphores', 'semaphore', 'sem', 'semop'],
  copies: { user: 2, kernel: 0 },
  diagram: [
    'client                       memory of both, kernel                   server',
    '',
    'copy in          --(1)-->  [ slot for requests ]  --(2)-->          copy out',
    'semop(+1)               --->  [ semaphore 0 ]  --->                semop(-1)',
    '',
    'copy out         <--(2)--  [ slot for replies  ]  <--(1)--           copy in',
    'semop(-1)               <---  [ semaphore 1 ]  <---                semop(+1)',
    '',
    '(1) copied into the segment by the sender, (2) out of it by the receiver',
    'Only the semaphores go through the kernel; semop(-1) sleeps at 0.',
  ].join('\n'),
  systemCalls: { block: 4, spin: null },
  limits:
    'kernel.sem bounds the number of semaphores, kernel.shmmax the size of the shared memory.',
  sources: [
    'semop(2)',
    'semget(2)',
    'shmget(2)',
    'POSIX.1-2024 semop()',
    'Voll, “Doors” in Solaris: Lightweight RPC using File Descriptors, table 1',
  ],
} satisfies ProbeDescriptor;
