import type { ProbeDescriptor } from './types.js';

export default {
  name: 'fast-doors',
  title: 'TCP by doors',
  family: 'fast-sockets',
  summary:
    'The peers of tcp, unchanged, with libfastsock preloaded: each write is a door call into the other process, which puts the bytes into a ring of its own.',
  aliases: [],
  copies: { user: 5, kernel: 0 },
  diagram: [
    'client                          libdoor                            server',
    '',
    'write --(1)--> argument --(2)--> [ slot ] --(3)--> stack --(4)--> ring',
    '                                                   ring --(5)--> read',
    'read  <--(5)-- ring',
    'ring  <--(4)-- stack <--(3)-- [ slot ] <--(2)-- argument <--(1)-- write',
    '',
    '(1) copied into the buffer that the door call carries',
    '(2) copied by libdoor into the slot of the calling thread, shared memory',
    '(3) copied by libdoor out of it, onto the stack of the thread that serves',
    '(4) copied into the ring of the called process by its door service',
    '(5) copied out of the ring by the reader',
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
