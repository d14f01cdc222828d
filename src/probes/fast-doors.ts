import type { ProbeDescriptor } from './types.js';

export default {
  name: 'fast-doors',
  title: 'TCP by doors',
  family: 'fast-sockets',
  summary:
    'The peers of tcp, unchanged, with libfastsock preloaded: each write is a door call into the other process, which puts the bytes into a ring of its own.',
  aliases: [],
  copies: { user: 3, kernel: 0 },
  diagram: [
    'client                          libdoor                            server',
    '',
    'write        --(1)-->  argument of a call  --(2)-->  ring  --(3)-->   read',
    'read         <--(3)--  ring  <--(2)--  argument of a call  <--(1)--  write',
    '',
    '(1) copied into the buffer that the door call carries',
    '(2) copied into the ring of the called process by its door service',
    '(3) copied out of the ring by the reader',
  ].join('\n'),
  systemCalls: { block: null, spin: null },
  limits:
    'Two rings of 128 KiB per connection by default; larger messages travel in pieces. glibc or musl as the library was built, dynamically linked programs, one user on both sides.',
  sources: [
    'Nagarajayya, Venkatramanan & Narasimhan, Fast Socket Technology Implementation Using Doors, US patent application SUN-P6303, Sun Microsystems',
    'Voll, Doors in Solaris: Lightweight RPC using File Descriptors',
    'ld.so(8), LD_PRELOAD',
    'docs/fast-sockets.md',
  ],
  preload: { probe: 'tcp', transport: 'doors' },
} satisfies ProbeDescriptor;
