/* Small facts of the processor: how to spin politely, how big a line is. */
#ifndef IPCBENCH_CPU_H
#define IPCBENCH_CPU_H

#define CACHE_LINE_BYTES 64

static inline void cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield" ::: "memory");
#else
	__asm__ volatile("" ::: "memory");
#endif
}

#endif
