import type { ProbeDescriptor } from './types.js';

export default {
  name: 'unix-dgram',
  title: 'Unix datagram socket',
  family: 'socket',
  summary:
    'Two Unix datagram sockets, each bound to a name and connected to the other’s. Unlike UDP they are reliable and keep the order: a sender waits while the receiver’s queue is full.',
  aliases: ['sockets', 'unix-datagram', 'uds-dgram'],
  copies: { user: 0, kernel: 2 },
  diagram: [
    'client                             kernel                             server',
    '',
    'write         --(1)-->  [ datagrams of the server ]  --(2)-->           read',
    'read          <--(2)--  [ datagrams of the client ]  <--(1)--          write',
    '',
    '(1) copied into one socket buffer per message; write sleeps while the',
    '    receiver’s queue (net.unix.max_dgram_qlen) or the send buffer is full',
    '(2) copied out, a whole message at a time; read sleeps until there is one',
  ].join('\n'),
  systemCalls: { block: 4, spin: null },
  limits:
    'A message must fit into the send buffer as a whole: net.core.wmem_max bounds it. net.unix.max_dgram_qlen messages (10 by default) wait at most.',
  sources: [
    'unix(7)',
    'socket(2)',
    'POSIX.1-2024 sys/un.h',
    'McKusick & Neville-Neil, The Design and Implementation of the FreeBSD Operating System, chapter 11',
  ],
} satisfies ProbeDescriptor;
