import type { ProbeDescriptor } from './types.js';

export default {
  name: 'onc-rpc-udp',
  title: 'ONC RPC, UDP',
  family: 'rpc',
  summary:
    'Remote procedure calls by libtirpc over UDP on the loopback interface: a real procedure whose argument and result are opaque bytes, or with --procedure null one that has neither.',
  aliases: ['rpc', 'onc-rpc', 'sun-rpc', 'libtirpc'],
  copies: { user: 2, kernel: 2 },
  diagram: [
    'client                              kernel                              server',
    '',
    'clnt_call                                                               poll',
    '  encode (1)        --(2)-->  [ UDP over lo ]  --(3)-->           decode (4)',
    '  asleep in poll                                                   procedure',
    '  decode (4)        <--(3)--  [ UDP over lo ]  <--(2)--           encode (1)',
    '',
    '(1) marshalled into a buffer of the library (XDR)   (2) copied by the kernel',
    '(3) copied into a buffer of the library             (4) unmarshalled',
    'A call that gets no answer in time is sent again, with the same number.',
    'System calls (libtirpc 1.3): 2 send, 2 receive, 2 poll, 2 rt_sigprocmask.',
  ].join('\n'),
  systemCalls: { block: null, spin: null },
  limits:
    'A call and its header must fit into one datagram of 65,507 bytes. The library waits in its own way, in poll, so there is only wait policy block.',
  sources: [
    'RFC 5531',
    'RFC 4506',
    'rpc(3)',
    'Birrell & Nelson, Implementing Remote Procedure Calls (ACM TOCS 2(1), 1984)',
    'Voll, “Doors” in Solaris: Lightweight RPC using File Descriptors, table 1',
  ],
} satisfies ProbeDescriptor;
