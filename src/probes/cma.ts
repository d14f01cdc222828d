import type { ProbeDescriptor } from './types.js';

export default {
  name: 'cma',
  title: 'cross-memory attach',
  family: 'shared-memory',
  summary:
    'The receiver copies the message straight out of the sender’s memory with process_vm_readv; a futex tells it where the message lies.',
  aliases: ['cross-memory-attach', 'process-vm-readv'],
  copies: { user: 0, kernel: 1 },
  diagram: [
    'client                              kernel                              server',
    '',
    'address, wake             --->   [ word 0 ]   --->                      wait',
    'own buffer                  --------(1)------->             process_vm_readv',
    '',
    'wait                      <---   [ word 1 ]   <---             address, wake',
    'process_vm_readv            <-------(1)--------                   own buffer',
    '',
    '(1) copied once, from buffer to buffer, while the receiver is in the kernel',
    'The sender must leave its buffer alone until the receiver has the message.',
  ].join('\n'),
  systemCalls: { block: null, spin: 2 },
  limits:
    'The reader needs the right to trace the other process: kernel.yama.ptrace_scope and seccomp filters may refuse it. Of a stream one message is outstanding.',
  sources: [
    'process_vm_readv(2)',
    'ptrace(2)',
    'Goglin & Moreaud, KNEM: A Generic and Scalable Kernel-Assisted Intra-Node MPI Communication Framework (JPDC 73(2), 2013)',
  ],
} satisfies ProbeDescriptor;
