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
    '(1) copied into the slot, above 128 B into a buffer of a pool that both',
    'processes share, above 5 KB into an area of the thread; (2) out of it',
    'A buffer of arguments is free again when they are copied (--buffers early),',
    'or when the call has returned (--buffers hold).',
    'With both sides awake no system call is made. Whoever sleeps does so in a',
    'futex: its wait and the other side’s wake, at most 2 of each per round trip.',
    'Descriptors (--descriptors) travel beside it, over a socket of the session:',
    'a sendmsg and a recvmsg for each 253 of them; the server closes every one.',
    'A connection (connect): open of the door’s file, the first call, close.',
  ].join('\n'),
  systemCalls: { block: null, spin: null },
  limits:
    'Arguments must fit on the stack of a server’s thread beside its frame (RLIMIT_STACK, 8 MiB by default). A call passes at most 1024 descriptors. Each client thread that calls at once (--threads) has a slot, and a server thread made for it when none is free.',
  sources: [
    'Jim Voll, "Doors" in Solaris: Lightweight RPC using File Descriptors',
    'W. R. Stevens, UNIX Network Programming, volume 2, 2nd edition, chapter 15',
    'futex(2)',
    'unix(7), SCM_RIGHTS',
    'seccomp_unotify(2)',
    'G. Kougiouris, G. Hamilton, Method and apparatus for space-efficient inter-process communication, EP 95304806.3',
  ],
} satisfies ProbeDescriptor;
