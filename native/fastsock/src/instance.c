/* Which descriptors are epoll instances, and which are registered in some. */
#include <sys/mman.h>

#include "config.h"
#include "epoll.h"
#include "instance.h"
#include "sleeping.h"
#include "table.h"
#include "waiting.h"

/* Descriptor numbers are looked up in two steps; those beyond are the kernel's. */
enum { BLOCK_NUMBERS = 4096, BLOCKS = 512 };
/* Instances are made so many at once. */
enum { INSTANCES_AT_ONCE = 32, SHELVES = 1024 };

struct number {
	_Atomic(struct instance *) instance;
	_Atomic uint32_t member; /* of an instance, now or earlier */
};

static _Atomic(struct number *) blocks[BLOCKS];
/* Never given back, so that a reference can be tried without a lock. */
static _Atomic(struct instance *) shelves[SHELVES];
static struct turn shelves_turn;

static void each_instance(void (*visit)(struct instance *instance))
{
	/* They are filled in order. */
	for (int i = 0; i < SHELVES; i++) {
		/* acquire: the shelf was zeroed before. */
		struct instance *shelf = atomic_load_explicit(&shelves[i], memory_order_acquire);
		if (shelf == NULL)
			break;
		for (int j = 0; j < INSTANCES_AT_ONCE; j++)
			visit(&shelf[j]);
	}
}

/* --- fork: the child's copy must be whole ---------------------------------------------- */

/* Guarded by shelves_turn: the thread that forks has it, and so what it says here. */
static bool fork_has_turns;

static void take_turn_of(struct instance *instance)
{
	/* In a handler that interrupted this thread's own call the turn is that call's. */
	instance->fork_has_turn = turn_take(&instance->turn);
	/* The kernel's instance is shared from here on: what each has of it must be true. */
	int epfd = atomic_load_explicit(&instance->fd, memory_order_relaxed);
	if (instance->fork_has_turn) {
		instance_end_token(instance, epfd);
		instance_end_lingering(instance, epfd);
	}
}

static void pass_turn_of(struct instance *instance)
{
	if (instance->fork_has_turn)
		turn_pass(&instance->turn);
}

/* Those of the parent sleep there. */
static void forget_sleepers(struct instance *instance)
{
	for (uint32_t name = 1; name <= instance->used; name++)
		interest_at(instance, name)->armed = false;
	atomic_store(&instance->sleepers, 0);
	pass_turn_of(instance);
}

void instances_before_fork(void)
{
	if (!turn_take(&shelves_turn))
		return;
	fork_has_turns = true;
	each_instance(take_turn_of);
}

static void after_fork(void (*visit)(struct instance *instance))
{
	if (!fork_has_turns)
		return;
	each_instance(visit);
	fork_has_turns = false;
	turn_pass(&shelves_turn);
}

void instances_after_fork_in_parent(void)
{
	after_fork(pass_turn_of);
}

void instances_after_fork_in_child(void)
{
	after_fork(forget_sleepers);
}

/* --- numbers ---------------------------------------------------------------------------- */

static struct number *find_number(int fd)
{
	if (fd < 0 || fd >= BLOCK_NUMBERS * BLOCKS)
		return NULL;
	/* acquire: the block was zeroed before. */
	struct number *block = atomic_load_explicit(&blocks[fd / BLOCK_NUMBERS],
						    memory_order_acquire);
	return block == NULL ? NULL : &block[fd % BLOCK_NUMBERS];
}

static void *map(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);
	return memory == MAP_FAILED ? NULL : memory;
}

static struct number *make_number(int fd)
{
	struct number *none = NULL;
	if (fd < 0 || fd >= BLOCK_NUMBERS * BLOCKS)
		return NULL;
	if (find_number(fd) == NULL) {
		struct number *block = map(sizeof(*block) * BLOCK_NUMBERS);
		if (block != NULL &&
		    !atomic_compare_exchange_strong(&blocks[fd / BLOCK_NUMBERS], &none, block))
			munmap(block, sizeof(*block) * BLOCK_NUMBERS);
	}
	return find_number(fd);
}

void instance_note_member(int fd)
{
	struct number *number = make_number(fd);
	if (number != NULL)
		atomic_store_explicit(&number->member, 1, memory_order_relaxed);
}

/* --- references --------------------------------------------------------------------------- */

/* More than anybody takes: the last one is busy freeing. */
#define GOING_AWAY (UINT32_MAX / 2)

static bool try_reference(struct instance *instance)
{
	uint32_t n = atomic_load_explicit(&instance->references, memory_order_relaxed);
	do {
		if (n == 0 || n >= GOING_AWAY)
			return false;
		/* acquire: what was set up before the reference was given is seen. */
	} while (!atomic_compare_exchange_weak_explicit(
		&instance->references, &n, n + 1, memory_order_acquire, memory_order_relaxed));
	return true;
}

struct instance *instance_get(int fd)
{
	struct number *number = find_number(fd);
	if (number == NULL)
		return NULL;
	for (;;) {
		struct instance *instance = atomic_load_explicit(&number->instance,
								 memory_order_acquire);
		if (instance == NULL)
			return NULL;
		if (!try_reference(instance))
			continue;
		/* The place may have become another instance's in between. */
		if (atomic_load_explicit(&number->instance, memory_order_acquire) == instance)
			return instance;
		instance_release(instance);
	}
}

bool instance_has(int fd)
{
	struct number *number = find_number(fd);
	return number != NULL &&
	       atomic_load_explicit(&number->instance, memory_order_relaxed) != NULL;
}

void instance_release(struct instance *instance)
{
	uint32_t n = atomic_load_explicit(&instance->references, memory_order_relaxed);
	/* acq_rel: who frees sees what the others did before they let go. */
	while (!atomic_compare_exchange_weak_explicit(&instance->references, &n,
						      n == 1 ? GOING_AWAY : n - 1,
						      memory_order_acq_rel, memory_order_relaxed))
		;
	if (n != 1)
		return;
	interests_free(instance);
	/* release: whoever claims the place finds it empty. */
	atomic_store_explicit(&instance->references, 0, memory_order_release);
}

static struct instance *claim(struct instance *shelf)
{
	for (int i = 0; i < INSTANCES_AT_ONCE; i++) {
		/* Under shelves_turn, and nobody gives a free one its first reference but here. */
		if (atomic_load_explicit(&shelf[i].references, memory_order_acquire) == 0)
			return &shelf[i];
	}
	return NULL;
}

static struct instance *find_place(void)
{
	for (int i = 0; i < SHELVES; i++) {
		struct instance *shelf = atomic_load_explicit(&shelves[i], memory_order_relaxed);
		if (shelf == NULL) {
			shelf = map(sizeof(*shelf) * INSTANCES_AT_ONCE);
			if (shelf == NULL)
				return NULL;
			/* release: zeroed, for each_instance(). */
			atomic_store_explicit(&shelves[i], shelf, memory_order_release);
		}
		struct instance *instance = claim(shelf);
		if (instance != NULL)
			return instance;
	}
	return NULL;
}

void instance_new(int fd)
{
	struct number *number = make_number(fd);
	cookies_start();
	if (number == NULL || !turn_take(&shelves_turn))
		return;
	struct instance *instance = find_place();
	if (instance != NULL) {
		atomic_store_explicit(&instance->fd, fd, memory_order_relaxed);
		atomic_store_explicit(&instance->sleepers, 0, memory_order_relaxed);
		instance->spin_ns = config.spin_ns;
		/* release: see try_reference(). */
		atomic_store_explicit(&instance->references, 1, memory_order_release);
		atomic_store_explicit(&number->instance, instance, memory_order_release);
	}
	turn_pass(&shelves_turn);
}

/* --- descriptors' lives --------------------------------------------------------------------- */

void epoll_duplicated(int from, int to)
{
	struct instance *instance = instance_get(from);
	struct number *number = instance == NULL ? NULL : make_number(to);
	if (number != NULL) {
		/* The reference becomes the new number's. */
		atomic_store_explicit(&number->instance, instance, memory_order_release);
	} else if (instance != NULL) {
		instance_release(instance);
	}
}

/* Another number of the instance, as long as it has one. */
static void find_descriptor(struct instance *instance, int gone)
{
	if (atomic_load_explicit(&instance->fd, memory_order_relaxed) != gone)
		return;
	for (int fd = 0; fd < BLOCK_NUMBERS * BLOCKS; fd++) {
		struct number *number = find_number(fd);
		if (number == NULL) {
			fd += BLOCK_NUMBERS - 1 - fd % BLOCK_NUMBERS;
		} else if (fd != gone && atomic_load_explicit(&number->instance,
							      memory_order_relaxed) == instance) {
			atomic_store_explicit(&instance->fd, fd, memory_order_relaxed);
			return;
		}
	}
	atomic_store_explicit(&instance->fd, -1, memory_order_relaxed);
}

struct search {
	struct connection *connection;
	int gone, found;
};

static void find_other(int fd, struct connection *connection, void *argument)
{
	struct search *search = argument;
	if (connection == search->connection && fd != search->gone)
		search->found = fd;
}

/* The kernel goes on reporting a file that is still open under another number. */
static bool keep_orphan(struct instance *instance, uint32_t name)
{
	struct interest *interest = interest_at(instance, name);
	struct search search = {interest->connection, interest->fd, -1};
	if (!interest->adopted || table_count(interest->connection) == 0)
		return false;
	table_each(find_other, &search);
	if (search.found < 0)
		return false;
	if (!interest->orphan) {
		instance->by_fd[interest->fd] = 0;
		instance->orphans++;
	}
	interest->fd = search.found;
	interest->orphan = true;
	instance_note_member(search.found);
	return true;
}

static void forget_interest(struct instance *instance, uint32_t name)
{
	struct interest *interest = interest_at(instance, name);
	if (keep_orphan(instance, name))
		return;
	/* Held open by another process, whose bells would go on waking this one. */
	int epfd = atomic_load_explicit(&instance->fd, memory_order_relaxed);
	if (interest->adopted && !interest->orphan && epfd >= 0 &&
	    atomic_load_explicit(&interest->connection->record->holders, memory_order_relaxed) > 1)
		kernel_epoll_ctl(epfd, EPOLL_CTL_DEL, interest->fd, NULL);
	interest_remove(instance, name);
}

static void forget_in(struct instance *instance, int fd)
{
	if (!try_reference(instance))
		return;
	if (turn_take(&instance->turn)) {
		int epfd = atomic_load_explicit(&instance->fd, memory_order_relaxed);
		uint32_t name = interest_lingering_of_fd(instance, fd);
		instance_end_token(instance, epfd);
		if (name != 0)
			interest_end(instance, epfd, name);
		name = interest_of_fd(instance, fd);
		if (name != 0)
			forget_interest(instance, name);
		/* They aren't found by number. */
		for (name = 1; instance->orphans > 0 && name <= instance->used; name++) {
			struct interest *interest = interest_at(instance, name);
			if (interest->state == INTEREST_LIVE && interest->orphan &&
			    interest->fd == fd)
				forget_interest(instance, name);
		}
		turn_pass(&instance->turn);
	}
	instance_release(instance);
}

void epoll_forget(int fd)
{
	struct number *number = find_number(fd);
	if (number == NULL)
		return;
	struct instance *instance = atomic_exchange_explicit(&number->instance, NULL,
							     memory_order_acq_rel);
	if (instance != NULL) {
		find_descriptor(instance, fd);
		instance_release(instance);
	}
	if (atomic_exchange_explicit(&number->member, 0, memory_order_relaxed) == 0)
		return;
	for (int i = 0; i < SHELVES; i++) {
		struct instance *shelf = atomic_load_explicit(&shelves[i], memory_order_acquire);
		if (shelf == NULL)
			break;
		for (int j = 0; j < INSTANCES_AT_ONCE; j++)
			forget_in(&shelf[j], fd);
	}
}
