import type { ProbeDescriptor } from './types.js';

export default {
  name: 'shm-ring',
  title: 'shared-memory ring',
  family: 'shared-memory',
  summary:
    'A ring in shared memory for each direction, with one producer and one consumer. Under spin no system call is made: the bound set by the processor’s caches.',
  aliases: ['ring', 'shm', 'shared-memory'],
  copies: { user: 2, kernel: 0 },
  systemCalls: { block: null, spin: 0 },
  limits: 'A message larger than the ring travels in pieces.',
  sources: ['shm_overview(7)', 'Lamport, Concurrent Reading and Writing (CACM 20(11), 1977)'],
} satisfies ProbeDescriptor;
