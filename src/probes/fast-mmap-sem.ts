import type { ProbeDescriptor } from './types.js';

export default {
  name: 'fast-mmap-sem',
  title: 'TCP by mmap-sem',
  family: 'fast-sockets',
  summary:
    'The peers of tcp, unchanged, with libfastsock preloaded: bytes travel through a ring in memory that both map, and a futex or the TCP connection itself wakes who sleeps.',
  aliases: [],
  copies: { user: 2, kernel: 0 },
  diagram: [
    'client                         shared memory                         server',
    '',
    'write           --(1)-->         ring, 128 KiB         --(2)-->           read',
    'read            <--(2)--         ring, 128 KiB         <--(1)--          write',
    '',
    '(1) copied into the ring by the writer, no system call',
    '(2) copied out of it by the reader',
    'a reader that finds nothing polls briefly, then sleeps in a futex;',
    'the writer wakes it only then',
  ].join('\n'),
  systemCalls: { block: null, spin: null },
  limits:
    'Two rings of 128 KiB per connection by default; larger messages travel in pieces. glibc or musl as the library was built, dynamically linked programs, one user on both sides.',
  sources: [
    'Nagarajayya, Venkatramanan & Narasimhan, Fast Socket Technology Implementation Using Doors, US patent application SUN-P6303, Sun Microsystems',
    'Nagarajayya et al., sister application SUN-P6305: memory-mapped files and semaphores',
    'ld.so(8), LD_PRELOAD',
    'docs/fast-sockets.md',
  ],
  preload: { probe: 'tcp', transport: 'mmap-sem' },
} satisfies ProbeDescriptor;
