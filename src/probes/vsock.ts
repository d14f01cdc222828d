import type { ProbeDescriptor } from './types.js';

export default {
  name: 'vsock',
  title: 'vsock over loopback',
  family: 'socket',
  summary:
    'A stream socket of the family made for virtual machines and their hosts, over the loopback that the kernel can have for it (CID 1).',
  aliases: ['sockets', 'af-vsock', 'vm-sockets'],
  copies: { user: 0, kernel: 2 },
  diagram: [
    'client                             kernel                             server',
    '',
    'write         --(1)-->  virtio transport > loopback  --(2)-->           read',
    'read          <--(2)--  loopback < virtio transport  <--(1)--          write',
    '',
    '(1) copied into packets that a kernel worker hands to the other end; credit',
    '    messages tell the sender how much room the receiver has',
    '(2) copied out of the receive queue; read sleeps until it has something',
  ].join('\n'),
  systemCalls: { block: 4, spin: null },
  limits:
    'The kernel must have vsock_loopback (Linux 5.6, CONFIG_VSOCKETS_LOOPBACK). A stream’s buffer holds 256 KiB unless SO_VM_SOCKETS_BUFFER_SIZE says otherwise; larger messages travel in pieces.',
  sources: ['vsock(7)', 'Linux include/uapi/linux/vm_sockets.h', 'Virtio 1.2, section 5.10'],
} satisfies ProbeDescriptor;
