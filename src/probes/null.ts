import type { ProbeDescriptor } from './types.js';

export default {
  name: 'null',
  title: 'harness overhead',
  family: 'reference',
  summary:
    'The timed loop around an operation that does nothing: what the harness itself costs per operation. In pattern rpc the operation is the work of --service-time alone.',
  aliases: [],
  copies: { user: 0, kernel: 0 },
  diagram: [
    'client                                                                server',
    '  loop { clock, nothing, clock }                  loop { nothing }',
    '',
    '         no message, no copy, no wait: what is left is the harness',
  ].join('\n'),
  systemCalls: { block: 0, spin: 0 },
  limits: 'None: no payload moves.',
  sources: ['docs/measuring.md'],
} satisfies ProbeDescriptor;
