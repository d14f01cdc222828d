/* Records in memory that a family of processes shares, and the turns in them. */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process.h"
#include "real.h"
#include "record.h"
#include "waiting.h"

#define RECORDS 65536u

#define THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))

/* Where a search begins: a hint, anything will do. */
static atomic_uint next;
static struct record *_Atomic records;

int records_init(void)
{
	struct record *before = NULL;
	size_t bytes = RECORDS * sizeof(struct record);
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return -1;
	/* release: whoever finds the memory finds it mapped. */
	if (!atomic_compare_exchange_strong_explicit(&records, &before, memory,
						     memory_order_release, memory_order_relaxed))
		munmap(memory, bytes);
	return 0;
}

struct record *record_take(void)
{
	struct record *all = atomic_load_explicit(&records, memory_order_acquire);
	if (all == NULL)
		return NULL;
	unsigned first = atomic_load_explicit(&next, memory_order_relaxed);
	for (unsigned i = 0; i < RECORDS; i++) {
		struct record *record = &all[(first + i) % RECORDS];
		uint32_t holders = 0;
		if (atomic_load_explicit(&record->holders, memory_order_relaxed) != 0)
			continue;
		/* acquire, with the release of the last holder: it is seen zeroed. */
		if (atomic_compare_exchange_strong_explicit(&record->holders, &holders, 1,
							    memory_order_acquire,
							    memory_order_relaxed)) {
			atomic_store_explicit(&next, first + i + 1, memory_order_relaxed);
			return record;
		}
	}
	return NULL;
}

/* Only the last holder is left: nobody else looks. */
static void record_clear(struct record *record)
{
	memset(record, 0, offsetof(struct record, holders));
	size_t after = offsetof(struct record, holders) + sizeof record->holders;
	memset((unsigned char *)record + after, 0, sizeof *record - after);
}

void record_give_back(struct record *record)
{
	struct record *all = atomic_load_explicit(&records, memory_order_acquire);
	uint32_t holders = atomic_load_explicit(&record->holders, memory_order_acquire);
	/* release: what this holder did comes before; acquire: what others did comes before
	 * the last one clears it. */
	while (holders > 1)
		if (atomic_compare_exchange_weak_explicit(&record->holders, &holders, holders - 1,
							  memory_order_acq_rel,
							  memory_order_acquire))
			return;
	if (holders == 0)
		return;
	record_clear(record);
	atomic_store_explicit(&record->holders, 0, memory_order_release);
	/* Those in use stay close together, and few pages are touched. */
	atomic_store_explicit(&next, (unsigned)(record - all), memory_order_relaxed);
}

/* --- holders ---------------------------------------------------------------------- */

/* A process that is dead but not reaped still answers to kill(). */
static bool process_ended(pid_t pid)
{
	int fd = (int)raw_syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0)
		return errno == ESRCH; /* else a thread, or an old kernel */
	struct timespec none = {0};
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	bool ended = raw_ppoll(&wait, 1, &none, NULL) == 1;
	raw_close(fd);
	return ended;
}

static bool exchange_name(_Atomic int32_t *name, int32_t seen, int32_t now)
{
	/* acq_rel: what a holder did comes before its name is gone. */
	return atomic_compare_exchange_strong_explicit(name, &seen, now, memory_order_acq_rel,
						       memory_order_relaxed);
}

enum { NAMES = sizeof((struct record *)0)->names / sizeof((struct record *)0)->names[0] };

static void strike(struct record *record, int32_t me)
{
	for (int i = 0; i < NAMES; i++)
		exchange_name(&record->names[i], me, 0);
}

void record_sign(struct record *record)
{
	int32_t me = getpid();
	strike(record, me);
	for (int i = 0; i < NAMES; i++)
		if (exchange_name(&record->names[i], 0, me))
			return;
}

void record_strike(struct record *record)
{
	strike(record, getpid());
}

uint32_t record_living_holders(struct record *record)
{
	if (atomic_load(&record->holders) <= 1)
		return atomic_load(&record->holders);
	int32_t me = getpid();
	int error = errno;
	for (int i = 0; i < NAMES && atomic_load(&record->holders) > 1; i++) {
		int32_t name = atomic_load(&record->names[i]);
		/* Who strikes a name out counts it down: its owner, or one who saw it dead. */
		if (name != 0 && name != me && process_ended(name) &&
		    exchange_name(&record->names[i], name, 0))
			atomic_fetch_sub(&record->holders, 1);
	}
	errno = error;
	return atomic_load(&record->holders);
}

/* --- turns ------------------------------------------------------------------------ */

#define WAITED_FOR UINT32_C(0x80000000)
#define SPINS      200u
#define SLICE_NS   UINT64_C(20000000)

/*
 * How many turns this thread has, or is about to have: counted before a turn is
 * taken, so that a signal handler can't take a turn of the thread below it for one
 * that a dead thread of the same number left.
 */
static THREAD_LOCAL volatile unsigned turns_held;
/* What a handler has left to the thread. */
static THREAD_LOCAL void (*volatile owed)(void);

static bool holder_died(uint32_t holder)
{
	int error = errno;
	pid_t thread = (pid_t)(holder & ~WAITED_FOR);
	bool died = (kill(thread, 0) < 0 && errno == ESRCH) || process_ended(thread);
	errno = error;
	return died;
}

/*
 * acquire: what the one before did under the turn is seen. It also serves for
 * taking over from the dead: their stores came before the kernel ended them.
 */
static bool exchange(struct turn *turn, uint32_t seen, uint32_t holder)
{
	return atomic_compare_exchange_strong_explicit(&turn->holder, &seen, holder,
						       memory_order_acquire, memory_order_relaxed);
}

static bool spin_for(struct turn *turn, uint32_t me)
{
	for (unsigned i = 0; i < SPINS; i++) {
		if (atomic_load_explicit(&turn->holder, memory_order_relaxed) == 0 &&
		    exchange(turn, 0, me))
			return true;
		cpu_relax();
	}
	return false;
}

/* Taken after a sleep: others may still sleep, so it stays marked. */
static bool sleep_for(struct turn *turn, uint32_t me)
{
	for (;;) {
		uint32_t seen = atomic_load_explicit(&turn->holder, memory_order_relaxed);
		uint32_t marked = seen | WAITED_FOR;
		bool is_free = (seen & ~WAITED_FOR) == 0;
		bool left_by_namesake = (seen & ~WAITED_FOR) == me && turns_held == 1;
		if (is_free || left_by_namesake) {
			if (exchange(turn, seen, me | WAITED_FOR))
				return true;
			continue;
		}
		if ((seen & ~WAITED_FOR) == me)
			return false;
		if (seen != marked && !exchange(turn, seen, marked))
			continue;
		int error = errno;
		bool late = futex_wait(&turn->holder, marked, SLICE_NS) < 0 && errno == ETIMEDOUT;
		errno = error;
		if (late && holder_died(marked) && exchange(turn, marked, me | WAITED_FOR))
			return true;
	}
}

bool turn_take(struct turn *turn)
{
	uint32_t me = thread_number();
	turns_held++;
	atomic_signal_fence(memory_order_seq_cst);
	if (exchange(turn, 0, me))
		return true;
	uint32_t holder = atomic_load_explicit(&turn->holder, memory_order_relaxed) & ~WAITED_FOR;
	if (holder != me && can_spin() && spin_for(turn, me))
		return true;
	if (sleep_for(turn, me))
		return true;
	turns_held--;
	return false;
}

void turn_pass(struct turn *turn)
{
	/* release: what was done under the turn is seen by who takes it next. */
	uint32_t holder = atomic_exchange_explicit(&turn->holder, 0, memory_order_release);
	if ((holder & WAITED_FOR) != 0) {
		int error = errno;
		raw_syscall(SYS_futex, &turn->holder, FUTEX_WAKE, 1, NULL, NULL, 0);
		errno = error;
	}
	atomic_signal_fence(memory_order_seq_cst);
	turns_held--;
	if (__builtin_expect(owed != NULL, 0) && turns_held == 0) {
		void (*pay)(void) = owed;
		owed = NULL;
		pay();
	}
}

void turn_owe(void (*pay)(void))
{
	owed = pay;
}
