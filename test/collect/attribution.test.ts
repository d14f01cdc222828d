import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  classify,
  type Frame,
  objectKind,
  parseAttribution,
  plainSymbol,
  readAttribution,
} from '../../src/collect/attribution.js';
import { parsePerfScript } from '../../src/collect/perf-script.js';

const table = readAttribution();
const KERNEL = '[kernel.kallsyms]';
const PEER = '/opt/ipcbench/ipcbench-peer';
const LIBC = '/usr/lib/x86_64-linux-gnu/libc.so.6';

/** A chain of the kernel's functions, innermost first, below a program's. */
function kernel(...symbols: string[]): Frame[] {
  const program = { symbol: 'read', object: LIBC };
  return [...symbols.map((symbol) => ({ symbol, object: KERNEL })), program];
}

describe('the class of a sample', () => {
  it.each([
    ['kernel-copy', kernel('_copy_to_iter', 'copy_page_to_iter', 'anon_pipe_read', 'vfs_read')],
    ['memory', kernel('get_page_from_freelist', 'alloc_pages_noprof', 'anon_pipe_write')],
    ['protocol', kernel('tcp_ack', 'tcp_rcv_established', 'tcp_v4_do_rcv')],
    ['syscall', kernel('do_syscall_64', 'entry_SYSCALL_64_after_hwframe')],
    ['scheduler', kernel('finish_task_switch.isra.0', '__schedule', 'schedule', 'do_msgrcv')],
    ['interrupt', kernel('handle_softirqs', '__irq_exit_rcu', 'sysvec_apic_timer_interrupt')],
  ])('%s by the innermost function', (name, frames) => {
    expect(classify(frames, table)).toBe(name);
  });

  it.each([
    ['a lock is its caller’s', 'protocol', ['_raw_spin_lock', 'unix_stream_read_generic']],
    ['an unlock at the end of a wake-up', 'scheduler', ['try_to_wake_up', 'wake_up_q']],
    ['that of a wait queue', 'scheduler', ['sock_def_readable', 'tcp_data_queue']],
    ['another one', 'protocol', ['enqueue_to_backlog', 'netif_rx_internal']],
  ])('interrupts come on again: %s', (_, name, callers) => {
    expect(classify(kernel('_raw_spin_unlock_irqrestore', ...callers), table)).toBe(name);
  });

  it('a helper without a rule belongs to the nearest caller that has one', () => {
    const frames = kernel('some_new_helper', 'tcp_sendmsg_locked', 'tcp_sendmsg');
    expect(classify(frames, table)).toBe('protocol');
  });

  it('but not to the system call itself, which calls everything', () => {
    const frames = kernel('some_new_helper', 'vfs_read', 'ksys_read', 'do_syscall_64');
    expect(classify(frames, table)).toBe('unattributed');
  });

  it('thunks alone are on the way in or out', () => {
    expect(classify(kernel('__x86_indirect_thunk_rax'), table)).toBe('syscall');
  });

  it.each([
    ['user-copy', '__memmove_avx_unaligned_erms', LIBC],
    ['syscall', 'read', LIBC],
    ['application', 'repeat_messages', PEER],
    ['protocol', 'door_call', PEER],
    ['protocol', 'ring_send', PEER],
    ['spin', 'data_may_be_there', '/opt/ipcbench/libfastsock.so'],
    ['protocol', 'send_step', '/opt/ipcbench/libfastsock.so'],
    ['unattributed', '[unknown]', LIBC],
    ['unattributed', 'main', '/usr/bin/dd'],
  ])('%s of %s in %s', (name, symbol, object) => {
    expect(classify([{ symbol, object }], table)).toBe(name);
  });

  it('of a program’s sample doesn’t depend on outer frames, which may be wrong', () => {
    const frames = [
      { symbol: '[unknown]', object: '[unknown]' },
      { symbol: 'repeat_messages', object: PEER },
    ];
    expect(classify(frames, table)).toBe('unattributed');
  });

  it('the clock is the spin’s only where a library spins by it', () => {
    const clock = [{ symbol: '__vdso_clock_gettime', object: '[vdso]' }];
    expect(classify(clock, table)).toBe('application');
    expect(classify(clock, table, new Set(['libfastsock']))).toBe('spin');
  });

  it('of recorded samples of six probes is known for 95 % at least', () => {
    const text = readFileSync(
      new URL('../fixtures/collect/perf-script.txt', import.meta.url),
      'utf8',
    );
    const own = parsePerfScript(text).samples.filter(({ pid }) => pid !== 0);
    const unknown = own.filter(({ frames }) => classify(frames, table) === 'unattributed');
    expect(own.length).toBeGreaterThan(100);
    expect(unknown.length / own.length).toBeLessThan(0.05);
  });
});

describe('names', () => {
  it.each([
    ['finish_task_switch.isra.0', 'finish_task_switch'],
    ['__netif_receive_skb_core.constprop.0', '__netif_receive_skb_core'],
    ['do_softirq.part.0', 'do_softirq'],
    ['tcp_ack.part.0.isra.0', 'tcp_ack'],
    ['clock_gettime@@GLIBC_2.17', 'clock_gettime'],
    ['read', 'read'],
  ])('%s is %s', (symbol, plain) => expect(plainSymbol(symbol)).toBe(plain));

  it.each([
    ['[kernel.kallsyms]', 'kernel'],
    ['[nf_conntrack]', 'kernel'],
    ['[vdso]', 'vdso'],
    ['/lib/ld-musl-x86_64.so.1', 'libc'],
    ['/build/libfastsock.so', 'libfastsock'],
    ['/build/ipcbench-peer (deleted)', 'peer'],
    ['[unknown]', 'other'],
  ])('%s is of kind %s', (object, kind) => expect(objectKind(object)).toBe(kind));
});

describe('the rules', () => {
  it.each([
    { class: 'nonsense', in: 'kernel', symbols: [] },
    { class: 'memory', in: 'nowhere', symbols: [] },
    { class: 'memory', in: 'kernel', symbols: [], only: 'sometimes' },
  ])('name what there is: %o', (rule) => {
    expect(() => parseAttribution({ rules: [rule] })).toThrow();
  });
});
