import type { ProbeDescriptor } from './types.js';

export default {
  name: 'tcp',
  title: 'TCP over loopback',
  family: 'socket',
  summary:
    'A TCP connection over the loopback interface with TCP_NODELAY: the same two copies as a Unix socket, and the whole protocol stack between them.',
  aliases: ['sockets', 'tcp-loopback', 'inet', 'localhost'],
  copies: { user: 0, kernel: 2 },
  systemCalls: { block: 4, spin: null },
  limits:
    'net.ipv4.tcp_wmem and tcp_rmem bound what is under way at once; larger messages travel in pieces.',
  sources: ['tcp(7)', 'RFC 9293', 'ip(7)'],
} satisfies ProbeDescriptor;
