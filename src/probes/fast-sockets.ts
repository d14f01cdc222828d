import type { ProbeDescriptor } from './types.js';

export default {
  name: 'fast-sockets',
  title: 'TCP by a chosen way',
  family: 'fast-sockets',
  summary:
    'The peers of tcp, unchanged, with libfastsock preloaded. The option transport chooses what carries the bytes; without it the library’s default does.',
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
    'as fast-mmap-sem; transport=mmap-doors and transport=doors: see',
    'fast-mmap-doors and fast-doors',
  ].join('\n'),
  systemCalls: { block: null, spin: null },
  limits:
    'Two rings of 128 KiB per connection by default; larger messages travel in pieces. glibc or musl as the library was built, dynamically linked programs, one user on both sides.',
  sources: [
    'Nagarajayya, Venkatramanan & Narasimhan, Fast Socket Technology Implementation Using Doors, US patent application SUN-P6303, Sun Microsystems',
    'Nagarajayya et al., sister applications SUN-P6304 and SUN-P6305',
    'ld.so(8), LD_PRELOAD',
    'docs/fast-sockets.md',
  ],
  preload: { probe: 'tcp', transport: null },
  onlyByName: true,
} satisfies ProbeDescriptor;
