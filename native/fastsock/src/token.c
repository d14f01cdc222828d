/* Tokens: those that this process sleeps by, and those that it has rung for. */
#include <errno.h>
#include <stdatomic.h>
#include <sys/random.h>

#include "process.h"
#include "token.h"
#include "waiting.h"

/* Powers of two; tokens follow one another, so that those of one process fill them evenly. */
enum { SLEEPS = 64, RUNG = 256 };

static struct {
	_Atomic uint64_t token; /* 0 = free */
	_Atomic uint64_t until_ns;
} sleeps[SLEEPS];

static _Atomic uint64_t rung[RUNG];

static _Atomic uint64_t last;
static _Atomic uint32_t seeded; /* the process, as process_generation() has it */

/* Processes count from random numbers on, so that none has another one's. */
static void seed(uint32_t generation)
{
	uint64_t first = 0;
	int error = errno;
	if (getrandom(&first, sizeof first, GRND_NONBLOCK) != sizeof first)
		first = (clock_ns() ^ (uint64_t)thread_number() << 40) *
			UINT64_C(0x9e3779b97f4a7c15);
	errno = error;
	atomic_store_explicit(&last, first, memory_order_relaxed);
	/* release: who sees that it was seeded counts from there. */
	atomic_store_explicit(&seeded, generation, memory_order_release);
}

static uint64_t next_token(void)
{
	uint32_t generation = process_generation();
	/* acquire: see seed(). Two threads that seed at once do so with two numbers. */
	if (atomic_load_explicit(&seeded, memory_order_acquire) != generation)
		seed(generation);
	/* relaxed: all that matters is that it is another number each time. */
	return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

uint64_t token_begin(uint64_t until_ns)
{
	uint64_t token = next_token();
	uint64_t before = atomic_load(&sleeps[token % SLEEPS].token);
	/* One that was cancelled, or left by longjmp(), is over by time. */
	if (before != 0 && clock_ns() < atomic_load(&sleeps[token % SLEEPS].until_ns))
		return 0;
	/* seq_cst, both: whoever finds the token finds its time, or a later one. */
	atomic_store(&sleeps[token % SLEEPS].until_ns, until_ns);
	if (!atomic_compare_exchange_strong(&sleeps[token % SLEEPS].token, &before, token))
		return 0;
	return token;
}

void token_end(uint64_t token)
{
	uint64_t mine = token;
	if (token != 0)
		/* release: what the sleep was for has been looked at by who finds it over. */
		atomic_compare_exchange_strong(&sleeps[token % SLEEPS].token, &mine, 0);
}

bool token_sleeps(uint64_t token)
{
	/* seq_cst: the bell whose fate is asked for was rung after the token had come into a
	 * lane, which was after token_begin(). */
	return token != 0 && atomic_load(&sleeps[token % SLEEPS].token) == token &&
	       clock_ns() < atomic_load(&sleeps[token % SLEEPS].until_ns);
}

bool token_was_rung(uint64_t token)
{
	/* relaxed: that it is here means that the bell was in the kernel's queue before, and
	 * a bell that is rung again does no harm. */
	return token != 0 &&
	       atomic_load_explicit(&rung[token % RUNG], memory_order_relaxed) == token;
}

void token_note_rung(uint64_t token)
{
	atomic_store_explicit(&rung[token % RUNG], token, memory_order_relaxed);
}
