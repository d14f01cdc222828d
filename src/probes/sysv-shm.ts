import type { ProbeDescriptor } from './types.js';

export default {
  name: 'sysv-shm',
  title: 'Shared memory segment',
  family: 'system-v',
  summary:
    'A bounded buffer of 16 pieces of 16 KiB for each direction in a System V segment; the semaphores empty and occupied count its free and its filled pieces.',
  aliases: ['shm', 'shared-memory', 'shmget', 'bounded-buffer'],
  copies: { user: 2, kernel: 0 },
  diagram: [
    'client                       memory of both, kernel                   server',
    '',
    'semop(empty - 1)           <---  [ empty ]  <---            semop(empty + 1)',
    'copy in              --(1)-->  [ 16 pieces ]  --(2)-->              copy out',
    'semop(occupied + 1)       --->  [ occupied ]  --->       semop(occupied - 1)',
    '',
    '(1) copied into a piece by the sender, (2) out of it by the receiver',
    'A sender waits for an empty piece, a receiver for an occupied one. The reply',
    'goes back in the same way, with pieces and semaphores of its own.',
  ].join('\n'),
  systemCalls: { block: 8, spin: null },
  limits:
    'A message above 16 KiB takes several pieces, and eight system calls per piece and round trip. kernel.shmmax bounds the segment, kernel.sem the semaphores.',
  sources: [
    'shmget(2)',
    'shmop(2)',
    'semop(2)',
    'POSIX.1-2024 shmget()',
    'Dijkstra, Cooperating Sequential Processes (EWD 123, 1965)',
  ],
} satisfies ProbeDescriptor;
