/* A word that the kernel clears in the child of a fork tells parent and child apart. */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

#include "process.h"
#include "real.h"

#define THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))

static _Atomic(atomic_uint *) mark; /* 0 = not seen by this process yet */
static atomic_uint generation;

static atomic_uint mark_of_old_kernels; /* before 4.14 */

static void forget_mark(void)
{
	atomic_store_explicit(&mark_of_old_kernels, 0, memory_order_relaxed);
}

static atomic_uint *make_mark(void)
{
	size_t bytes = sizeof(atomic_uint);
	atomic_uint *made = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				 -1, 0);
	atomic_uint *before = NULL;
	if (made != MAP_FAILED && madvise(made, bytes, MADV_WIPEONFORK) < 0) {
		munmap(made, bytes);
		made = MAP_FAILED;
	}
	if (made == MAP_FAILED)
		made = &mark_of_old_kernels;
	/* release: whoever sees the pointer sees the mapping's advice given. */
	if (!atomic_compare_exchange_strong_explicit(&mark, &before, made, memory_order_acq_rel,
						     memory_order_acquire)) {
		if (made != &mark_of_old_kernels)
			munmap(made, bytes);
		return before;
	}
	if (made == &mark_of_old_kernels)
		pthread_atfork(NULL, NULL, forget_mark);
	return made;
}

uint32_t process_generation(void)
{
	atomic_uint *word = atomic_load_explicit(&mark, memory_order_acquire);
	if (word == NULL)
		word = make_mark();
	/* acquire, with the release below: a mark that is set comes with its number. */
	if (atomic_load_explicit(word, memory_order_acquire) == 0) {
		/* A handler that comes in between counts once more, which does no harm. */
		atomic_fetch_add_explicit(&generation, 1, memory_order_relaxed);
		atomic_store_explicit(word, 1, memory_order_release);
	}
	return atomic_load_explicit(&generation, memory_order_relaxed);
}

uint32_t thread_number(void)
{
	static THREAD_LOCAL volatile uint32_t number, number_generation;
	uint32_t now = process_generation();
	if (number_generation != now) {
		/* In this order: a handler in between asks for itself. */
		number = (uint32_t)raw_gettid();
		number_generation = now;
	}
	return number;
}
