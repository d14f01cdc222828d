import type { ProbeDescriptor } from './types.js';

export default {
  name: 'onc-rpc-tcp',
  title: 'ONC RPC, TCP',
  family: 'rpc',
  summary:
    'Remote procedure calls by libtirpc over TCP on the loopback interface: a real procedure whose argument and result are opaque bytes, or with --procedure null one that has neither.',
  aliases: ['rpc', 'onc-rpc', 'sun-rpc', 'libtirpc'],
  copies: { user: 2, kernel: 2 },
  diagram: [
    'client                              kernel                              server',
    '',
    'clnt_call                                                               poll',
    '  encode (1)        --(2)-->  [ TCP over lo ]  --(3)-->           decode (4)',
    '  asleep in poll                                                   procedure',
    '  decode (4)        <--(3)--  [ TCP over lo ]  <--(2)--           encode (1)',
    '',
    '(1) marshalled into a buffer of the library (XDR)   (2) copied by the kernel',
    '(3) copied into a buffer of the library             (4) unmarshalled',
    'A record mark in front of each message says where it ends in the stream.',
    'System calls (libtirpc 1.3): 2 write, 2 read, 3 poll, 2 rt_sigprocmask.',
  ].join('\n'),
  systemCalls: { block: null, spin: null },
  limits:
    'The library waits in its own way, in poll, so there is only wait policy block. Its buffers send a long message in several writes, each with a record mark.',
  sources: [
    'RFC 5531',
    'RFC 4506',
    'rpc(3)',
    'Birrell & Nelson, Implementing Remote Procedure Calls (ACM TOCS 2(1), 1984)',
    'Voll, “Doors” in Solaris: Lightweight RPC using File Descriptors, table 1',
  ],
} satisfies ProbeDescriptor;
