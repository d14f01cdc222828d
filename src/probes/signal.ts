import type { ProbeDescriptor } from './types.js';

export default {
  name: 'signal',
  title: 'real-time signals',
  family: 'signal',
  summary:
    'Queued real-time signals pass the turn: sigqueue sends, sigwaitinfo takes, and no handler runs. The payload is copied into shared memory and out of it.',
  aliases: ['signals', 'sigqueue', 'rt-signal'],
  copies: { user: 2, kernel: 0 },
  diagram: [
    'client                       memory of both, kernel                   server',
    '',
    'copy in          --(1)-->  [ slot for requests ]  --(2)-->          copy out',
    'sigqueue            --->  [ queue of the process ]  --->         sigwaitinfo',
    '',
    'copy out         <--(2)--  [ slot for replies  ]  <--(1)--           copy in',
    'sigwaitinfo         <---  [ queue of the process ]  <---            sigqueue',
    '',
    '(1) copied into the shared memory by the sender, (2) out of it by the receiver',
    'The signal is blocked, so it waits in the queue until sigwaitinfo takes it.',
  ].join('\n'),
  systemCalls: { block: 4, spin: null },
  limits:
    'RLIMIT_SIGPENDING bounds the signals that are queued. The probe calls rt_sigqueueinfo itself: the C library’s sigqueue adds getpid and getuid to each.',
  sources: ['signal(7)', 'rt_sigqueueinfo(2)', 'sigwaitinfo(2)', 'POSIX.1-2024 sigqueue()'],
} satisfies ProbeDescriptor;
