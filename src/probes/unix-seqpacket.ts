import type { ProbeDescriptor } from './types.js';

export default {
  name: 'unix-seqpacket',
  title: 'Unix seqpacket socket',
  family: 'socket',
  summary:
    'A Unix socket that is connected like a stream and keeps message boundaries like a datagram.',
  aliases: ['sockets', 'seqpacket', 'sequenced-packet'],
  copies: { user: 0, kernel: 2 },
  diagram: [
    'client                             kernel                             server',
    '',
    'write          --(1)-->  [ messages of the server ]  --(2)-->           read',
    'read           <--(2)--  [ messages of the client ]  <--(1)--          write',
    '',
    '(1) copied into one socket buffer per message; write sleeps when the send',
    '    buffer (SO_SNDBUF) is used up',
    '(2) copied out, a whole message at a time; read sleeps until there is one',
  ].join('\n'),
  systemCalls: { block: 4, spin: null },
  limits:
    'A message must fit into the send buffer as a whole: net.core.wmem_max bounds it. A path has at most 107 bytes.',
  sources: [
    'unix(7)',
    'socket(2)',
    'POSIX.1-2024 sys/socket.h',
    'McKusick & Neville-Neil, The Design and Implementation of the FreeBSD Operating System, chapter 11',
  ],
} satisfies ProbeDescriptor;
