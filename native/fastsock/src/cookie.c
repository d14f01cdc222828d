/* What the kernel's instance is given in the place of a program's data. */
#include <pthread.h>
#include <sys/random.h>

#include "instance.h"
#include "waiting.h"

static pthread_once_t started = PTHREAD_ONCE_INIT;
static uint64_t cookie_mark;

/* A cookie: 28 bits that say so, 12 of generation, 24 of the interest's name. */
enum { NAME_BITS = 24, GENERATION_BITS = 12, MARK_SHIFT = NAME_BITS + GENERATION_BITS };

static void start(void)
{
	uint64_t mark = 0;
	if (getrandom(&mark, sizeof(mark), GRND_NONBLOCK) != sizeof(mark))
		mark = clock_ns() * UINT64_C(0x9e3779b97f4a7c15);
	/* The top bit keeps it from being a small number, the next one from -1. */
	cookie_mark = (mark >> (MARK_SHIFT + 2)) | UINT64_C(1) << (63 - MARK_SHIFT);
}

void cookies_start(void)
{
	pthread_once(&started, start);
}

bool is_cookie(uint64_t data)
{
	return data >> MARK_SHIFT == cookie_mark;
}

uint64_t cookie_of(const struct instance *instance, uint32_t name)
{
	uint64_t generation = interest_at(instance, name)->generation;
	generation &= (1u << GENERATION_BITS) - 1;
	return cookie_mark << MARK_SHIFT | generation << NAME_BITS | name;
}

uint32_t interest_of_cookie(const struct instance *instance, uint64_t cookie)
{
	uint32_t name = cookie & ((1u << NAME_BITS) - 1);
	if (name == 0 || name > instance->used || cookie_of(instance, name) != cookie)
		return 0;
	return name;
}
