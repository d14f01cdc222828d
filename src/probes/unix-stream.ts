import type { ProbeDescriptor } from './types.js';

export default {
  name: 'unix-stream',
  title: 'Unix stream socket',
  family: 'socket',
  summary:
    'A Unix stream socket with a name, a path or an abstract one: the server listens and accepts, the client connects. Data moves as in a socketpair.',
  aliases: ['sockets', 'unix', 'unix-socket', 'uds', 'af-unix'],
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
    'The name leads connect(2) to the listening socket and plays no part later.',
  ].join('\n'),
  systemCalls: { block: 4, spin: null },
  limits:
    'A path has at most 107 bytes; a message larger than the send buffer (net.core.wmem_default) travels in pieces.',
  sources: [
    'unix(7)',
    'socket(2)',
    'POSIX.1-2024 sys/un.h',
    'McKusick & Neville-Neil, The Design and Implementation of the FreeBSD Operating System, chapter 11',
  ],
} satisfies ProbeDescriptor;
