import type { ProbeDescriptor } from './types.js';

export default {
  name: 'socketpair',
  title: 'socketpair',
  family: 'socket',
  summary:
    'A connected pair of Unix stream sockets without a name. The kernel copies a message into socket buffers and out again.',
  aliases: ['sockets', 'socket-pair'],
  copies: { user: 0, kernel: 2 },
  diagram: [
    'client                             kernel                             server',
    '',
    'write       --(1)-->  [ receive queue of the server ]  --(2)-->         read',
    'read        <--(2)--  [ receive queue of the client ]  <--(1)--        write',
    '',
    '(1) copied into socket buffers, which go straight into the other end’s queue;',
    '    write sleeps when the send buffer (SO_SNDBUF) is used up',
    '(2) copied out of them; read sleeps until the queue has something',
  ].join('\n'),
  systemCalls: { block: 4, spin: null },
  limits: 'A message larger than the send buffer (net.core.wmem_default) travels in pieces.',
  sources: [
    'socketpair(2)',
    'unix(7)',
    'POSIX.1-2024 socketpair()',
    'McKusick & Neville-Neil, The Design and Implementation of the FreeBSD Operating System, chapter 11',
  ],
} satisfies ProbeDescriptor;
