/*
 * Static probes for bpftrace, perf, SystemTap and DTrace's USDT readers: a nop where
 * the probe is, and a note in the ELF file (.note.stapsdt, version 3) that says where
 * it is and in which registers its arguments are. A tracer that attaches puts a
 * breakpoint in the place of the nop; nobody attached, the nop is all there is.
 *
 *   USDT0(provider, name)
 *   USDT1(provider, name, a)
 *   USDT2(provider, name, a, b)
 *
 * Names are identifiers; DTrace reads two underscores as a hyphen. Arguments are
 * integers or pointers, and reach the tracer as unsigned 64-bit numbers.
 *
 * They must be in a register, or a constant: a reader of notes need not know memory
 * relative to the program counter. So an argument that isn't at hand already costs its
 * load, and those that are at hand nothing.
 *
 * x86-64 and arm64 Linux; elsewhere the macros are empty.
 */
#ifndef IPCBENCH_USDT_H
#define IPCBENCH_USDT_H

#include <stdint.h>

#if defined(__linux__) && defined(__LP64__) && (defined(__x86_64__) || defined(__aarch64__))

/* The base is a symbol of which one is left per object; by what it has moved a reader
 * knows by what the addresses have. The third address would be of a semaphore. */
#define USDT_NOTE(provider, name, arguments)                                                       \
	"990:\tnop\n"                                                                              \
	"\t.pushsection .note.stapsdt,\"\",\"note\"\n"                                             \
	"\t.balign 4\n"                                                                            \
	"\t.4byte 992f-991f, 994f-993f, 3\n"                                                       \
	"991:\t.asciz \"stapsdt\"\n"                                                               \
	"992:\t.balign 4\n"                                                                        \
	"993:\t.8byte 990b\n"                                                                      \
	"\t.8byte _.stapsdt.base\n"                                                                \
	"\t.8byte 0\n"                                                                             \
	"\t.asciz \"" #provider "\"\n"                                                             \
	"\t.asciz \"" #name "\"\n"                                                                 \
	"\t.asciz \"" arguments "\"\n"                                                             \
	"994:\t.balign 4\n"                                                                        \
	"\t.popsection\n"                                                                          \
	"\t.ifndef _.stapsdt.base\n"                                                               \
	"\t.pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"                  \
	"\t.weak _.stapsdt.base\n"                                                                 \
	"\t.hidden _.stapsdt.base\n"                                                               \
	"_.stapsdt.base:\t.space 1\n"                                                              \
	"\t.size _.stapsdt.base, 1\n"                                                              \
	"\t.popsection\n"                                                                          \
	"\t.endif\n"

/* inline: it is one instruction, whatever its number of lines suggests to the compiler. */
#define USDT_ASM __asm__ __volatile__ __inline__

#define USDT_ARGUMENT(value) "nr"((uint64_t)(value))

#define USDT0(provider, name)    USDT_ASM(USDT_NOTE(provider, name, ""))
#define USDT1(provider, name, a) USDT_ASM(USDT_NOTE(provider, name, "8@%0") : : USDT_ARGUMENT(a))
#define USDT2(provider, name, a, b)                                                                \
	USDT_ASM(USDT_NOTE(provider, name, "8@%0 8@%1") : : USDT_ARGUMENT(a), USDT_ARGUMENT(b))

#else

#define USDT0(provider, name)       ((void)0)
#define USDT1(provider, name, a)    ((void)(a))
#define USDT2(provider, name, a, b) ((void)(a), (void)(b))

#endif
#endif
