import type { ProbeDescriptor } from './types.js';

export default {
  name: 'null',
  title: 'null (harness overhead)',
  family: 'reference',
  summary:
    'The timed loop around an operation that does nothing: what the harness itself costs per operation.',
  aliases: [],
  copies: { user: 0, kernel: 0 },
  systemCalls: { block: 0, spin: 0 },
  limits: 'None: no payload moves.',
  sources: ['docs/measuring.md'],
} satisfies ProbeDescriptor;
