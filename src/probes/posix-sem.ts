import type { ProbeDescriptor } from './types.js';

export default {
  name: 'posix-sem',
  title: 'POSIX semaphores',
  family: 'posix',
  summary:
    'Two process-shared POSIX semaphores pass the turn; they and the payload lie in POSIX shared memory. In glibc they are futexes, so that the kernel is asked only where somebody sleeps.',
  aliases: ['semaphores', 'semaphore', 'sem', 'sem-post'],
  copies: { user: 2, kernel: 0 },
  diagram: [
    'client                       memory of both, kernel                   server',
    '',
    'copy in          --(1)-->  [ slot for requests ]  --(2)-->          copy out',
    'sem_post                --->  [ semaphore 0 ]  --->                 sem_wait',
    '',
    'copy out         <--(2)--  [ slot for replies  ]  <--(1)--           copy in',
    'sem_wait                <---  [ semaphore 1 ]  <---                 sem_post',
    '',
    '(1) copied into the shared memory by the sender, (2) out of it by the receiver',
    'A post wakes through the kernel only if somebody sleeps, and a wait that',
    'finds a count above 0 does not enter it.',
  ].join('\n'),
  systemCalls: { block: null, spin: 0 },
  limits: 'A semaphore counts to SEM_VALUE_MAX; the shared memory needs room in /dev/shm.',
  sources: ['sem_overview(7)', 'sem_post(3)', 'shm_overview(7)', 'POSIX.1-2024 sem_post()'],
} satisfies ProbeDescriptor;
