import type { ProbeDescriptor } from './types.js';

export default {
  name: 'mmap-file',
  title: 'mapped-file ring',
  family: 'shared-memory',
  summary:
    'The ring of shm-ring in a file that both peers map: the memory is the page cache of a file in the trial’s directory, and the file system has its part in faults and write-back.',
  aliases: ['shm', 'shared-memory', 'mmap', 'mapped-file'],
  copies: { user: 2, kernel: 0 },
  diagram: [
    'client                      page cache of one file                    server',
    '',
    'copy in          --(1)-->  [ ring for requests ]  --(2)-->          copy out',
    'head += n                --->   head    tail   <---                tail += n',
    '',
    'copy out         <--(2)--  [ ring for replies  ]  <--(1)--           copy in',
    'tail += n                --->   tail    head   <---                head += n',
    '',
    '(1) copied into the ring by the sender, (2) out of it by the receiver',
    'A peer with nothing to do polls head or tail, or sleeps on it with a futex.',
    'The kernel writes changed pages back to the file in the background.',
  ].join('\n'),
  systemCalls: { block: null, spin: 0 },
  limits:
    'The file needs about 512 KiB of its file system (XDG_RUNTIME_DIR, else /tmp); a ring holds 256 KiB, a message above 16 KiB travels in pieces.',
  sources: [
    'mmap(2)',
    'futex(2)',
    'POSIX.1-2024 mmap()',
    'Lamport, Concurrent Reading and Writing (CACM 20(11), 1977)',
  ],
} satisfies ProbeDescriptor;
