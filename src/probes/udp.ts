import type { ProbeDescriptor } from './types.js';

export default {
  name: 'udp',
  title: 'UDP over loopback',
  family: 'socket',
  summary:
    'Two connected UDP sockets on the loopback interface. Nothing is acknowledged: a message that finds the receiver’s buffer full is lost, so a stream keeps no more outstanding than surely fit.',
  aliases: ['sockets', 'udp-loopback'],
  copies: { user: 0, kernel: 2 },
  diagram: [
    'client                             kernel                             server',
    '',
    'write           --(1)-->  UDP > IP > lo > IP > UDP  --(2)-->            read',
    'read            <--(2)--  UDP < IP < lo < IP < UDP  <--(1)--           write',
    '',
    '(1) copied into a socket buffer that goes down the stack and up again',
    '    (whole: the loopback’s MTU of 64 KiB holds the largest datagram)',
    '(2) copied out, a whole datagram at a time; read sleeps until there is one',
  ].join('\n'),
  systemCalls: { block: 4, spin: null },
  limits:
    'A datagram carries at most 65,507 bytes over IPv4; net.core.rmem_max bounds the receive buffer, which drops what does not fit.',
  sources: [
    'udp(7)',
    'RFC 768',
    'ip(7)',
    'McKusick & Neville-Neil, The Design and Implementation of the FreeBSD Operating System, chapter 11',
  ],
} satisfies ProbeDescriptor;
