import type { ProbeDescriptor } from './types.js';

export default {
  name: 'tcp',
  title: 'TCP over loopback',
  family: 'socket',
  summary:
    'A TCP connection over the loopback interface with TCP_NODELAY: the same two copies as a Unix socket, and the whole protocol stack between them.',
  aliases: ['sockets', 'tcp-loopback', 'inet', 'localhost'],
  copies: { user: 0, kernel: 2 },
  diagram: [
    'client                             kernel                             server',
    '',
    'write           --(1)-->  TCP > IP > lo > IP > TCP  --(2)-->            read',
    'read            <--(2)--  TCP < IP < lo < IP < TCP  <--(1)--           write',
    '',
    '(1) copied into socket buffers; segments go down the stack, and a soft',
    '    interrupt takes them up again on the other side; acknowledgements return',
    '(2) copied out of the receive queue; read sleeps until it has something',
  ].join('\n'),
  systemCalls: { block: 4, spin: null },
  limits:
    'net.ipv4.tcp_wmem and tcp_rmem bound what is under way at once; larger messages travel in pieces.',
  sources: [
    'tcp(7)',
    'RFC 9293',
    'ip(7)',
    'McKusick & Neville-Neil, The Design and Implementation of the FreeBSD Operating System, chapter 11',
  ],
} satisfies ProbeDescriptor;
