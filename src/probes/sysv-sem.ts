import type { ProbeDescriptor } from './types.js';

export default {
  name: 'sysv-sem',
  title: 'System V semaphores',
  family: 'system-v',
  summary:
    'Two System V semaphores pass the turn; the payload is copied into System V shared memory by the sender and out of it by the receiver.',
  aliases: ['semaphores', 'semaphore', 'sem', 'semop'],
  copies: { user: 2, kernel: 0 },
  systemCalls: { block: 4, spin: null },
  limits:
    'kernel.sem bounds the number of semaphores, kernel.shmmax the size of the shared memory.',
  sources: ['semop(2)', 'semget(2)', 'shmget(2)', 'POSIX.1-2024 semop()'],
} satisfies ProbeDescriptor;
