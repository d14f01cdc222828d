import type { ProbeDescriptor } from './types.js';

export default {
  name: 'doors',
  title: 'doors',
  family: 'doors',
  summary:
    'A call of a Solaris door by libdoor: the client posts arguments in a slot of shared memory, a thread of the server copies them to its stack, runs the door’s procedure and posts the results.',
  aliases: ['door', 'libdoor'],
  copies: { user: 2, kernel: 0 },
  diagram: [
    'client                        memory of both                        server',
    '',
    'arguments         --(1)-->  [ slot of the thread ]  --(2)-->    its stack',
    'spins, then sleeps                                            procedure runs',
    '',
    'results           <--(2)--  [ slot of the thread ]  <--(1)--  door_return()',
    '',
    '(1) copied into the slot, or above 4 KiB into a larger area; (2) out of it',
    'With both sides awake no system call is made; a sleeper costs a futex wake.',
  ].join('\n'),
  systemCalls: { block: null, spin: null },
  limits:
    'Arguments must fit on the stack of a server’s thread beside its frame (RLIMIT_STACK, 8 MiB by default).',
  sources: [
    'Jim Voll, "Doors" in Solaris: Lightweight RPC using File Descriptors',
    'W. R. Stevens, UNIX Network Programming, volume 2, 2nd edition, chapter 15',
    'futex(2)',
  ],
} satisfies ProbeDescriptor;
