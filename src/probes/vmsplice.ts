import type { ProbeDescriptor } from './types.js';

export default {
  name: 'vmsplice',
  title: 'vmsplice into pipes',
  family: 'pipe',
  summary:
    'Two pipes that the sender fills by reference: vmsplice hangs the sender’s own pages into the pipe, and the only copy is made when the receiver reads.',
  aliases: ['splice', 'zero-copy-pipe'],
  copies: { user: 0, kernel: 1 },
  diagram: [
    'client                             kernel                             server',
    '',
    'vmsplice        ------->  [ references to pages ]  --(1)-->             read',
    'read            <--(1)--  [ references to pages ]  <-------         vmsplice',
    '',
    '    vmsplice puts references to the sender’s pages into the pipe: no copy',
    '(1) copied from the sender’s pages into the receiver’s buffer',
    'The sender must leave the pages alone until they have been read.',
  ].join('\n'),
  systemCalls: { block: 4, spin: null },
  limits:
    'As many pages as the pipe has places (16 by default, 64 KiB) at once; of a stream one message is outstanding, since its pages may not be written before they were read.',
  sources: ['vmsplice(2)', 'splice(2)', 'pipe(7)', 'McVoy, The splice I/O Model (1998)'],
} satisfies ProbeDescriptor;
