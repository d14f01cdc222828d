/*
 * Two processes of 8 threads that allocate, pass and free; now and then one of them is
 * killed and started again:
 *   bufpool-stress wait|grow|fail [HOLDINGS [SEED]]
 * HOLDINGS is how often each thread has a buffer (or BUFPOOL_STRESS_HOLDINGS says it).
 *
 * Every holder stamps its buffer with what no other has, and finds it whole when it lets
 * go: no buffer is handed out twice. At the end all are free: none is lost.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { THREADS = 8, LETTERS = 16, BUFFERS = 12, BUFFER_BYTES = 256, AREAS = 4 };
/* Holdings from one kill to the next, about, unless that makes too many kills. */
enum { KILL_EVERY = 15000, KILLS_MAX = 500 };

/* A buffer that one side has passed to the other: 0 = none, else index + 1 above the
 * ticket. */
struct letter {
	_Alignas(64) _Atomic uint64_t named;
};

static struct shared {
	_Atomic uint64_t done[2][THREADS]; /* holdings, kept over a thread's deaths */
	_Atomic uint32_t lives[2];         /* of each side */
	_Atomic uint32_t reclaim[2];       /* asks a side to reclaim; it answers with 0 */
	_Atomic bool failed;
	struct letter letters[2][LETTERS]; /* to each side */
} * shared;

static struct bufpool_geometry geometry = {BUFFERS, BUFFER_BYTES, AREAS};
static enum bufpool_exhausted policy;
static uint64_t holdings_due = 20000;
static void *memory;

/* --- a process --- */

struct worker {
	struct bufpool *pool;
	int side, number;
	uint32_t life, random;
};

static void check(bool holds, const char *what)
{
	if (holds)
		return;
	fflush(stdout);
	fprintf(stderr, "process %d: %s\n", (int)getpid(), what);
	shared->failed = true;
	_exit(1);
}

/* side and life of the holder above its number and a count. */
static uint64_t stamp_of(const struct worker *worker, uint64_t holding)
{
	return (uint64_t)(worker->side + 1) << 60 | (uint64_t)(worker->life & 0xfff) << 48 |
	       (uint64_t)(worker->number + 1) << 40 | (holding & 0xffffffffff);
}

/* Words that all of the pool's holders write: atomic, for the sanitizers' sake. */
static _Atomic uint64_t *words_of(const struct bufpool_buffer *buffer)
{
	return (_Atomic uint64_t *)(void *)buffer->data;
}

static void write_stamp(const struct bufpool_buffer *buffer, uint64_t stamp)
{
	_Atomic uint64_t *words = words_of(buffer);
	for (int i = 0; i < BUFFER_BYTES / 8; i += 5)
		atomic_store_explicit(&words[i], stamp, memory_order_relaxed);
}

static void check_stamp(const struct bufpool_buffer *buffer, uint64_t stamp)
{
	_Atomic uint64_t *words = words_of(buffer);
	for (int i = 0; i < BUFFER_BYTES / 8; i += 5)
		check(atomic_load_explicit(&words[i], memory_order_relaxed) == stamp,
		      "somebody else has written in a buffer that is held");
}

/* What is left in a fresh buffer: nothing, or the stamp of a life that was killed. */
static void check_free(const struct bufpool_buffer *buffer)
{
	uint64_t stamp = atomic_load_explicit(&words_of(buffer)[0], memory_order_relaxed);
	if (stamp == 0)
		return;
	int side = (int)(stamp >> 60) - 1;
	check(side == 0 || side == 1, "a stamp of nobody");
	/* An undelivered letter to a dead side is freed with its sender's stamp in it. */
	check((stamp & 0xff) == 0xff || ((stamp >> 48) & 0xfff) != (shared->lives[side] & 0xfff),
	      "a buffer that a living thread has stamped was handed out");
}

/* --- letters --- */

static uint64_t name_of(const struct bufpool_buffer *buffer)
{
	return (uint64_t)(buffer->index + 1) << 32 | buffer->ticket;
}

static void read_letter(struct worker *worker)
{
	struct letter *letter =
		&shared->letters[worker->side][random_next(&worker->random) % LETTERS];
	/* acquire: the stamp was written before. */
	uint64_t named = atomic_exchange_explicit(&letter->named, 0, memory_order_acq_rel);
	struct bufpool_buffer buffer;
	if (named == 0 || bufpool_take(worker->pool, (uint32_t)(named >> 32) - 1, (uint32_t)named,
				       &buffer) != BUFPOOL_OK)
		return;
	uint64_t stamp = atomic_load_explicit(&words_of(&buffer)[0], memory_order_relaxed);
	check_stamp(&buffer, stamp);
	write_stamp(&buffer, 0);
	check(bufpool_free(worker->pool, &buffer) == BUFPOOL_OK, "a letter that was held isn't");
}

/* False when the box is full. */
static bool send_letter(struct worker *worker, const struct bufpool_buffer *buffer)
{
	struct letter *letter =
		&shared->letters[!worker->side][random_next(&worker->random) % LETTERS];
	uint64_t none = 0;
	if (atomic_load_explicit(&letter->named, memory_order_relaxed) != 0)
		return false;
	bufpool_pass(worker->pool, buffer);
	/* release: see read_letter(). */
	if (atomic_compare_exchange_strong_explicit(&letter->named, &none, name_of(buffer),
						    memory_order_release, memory_order_relaxed))
		return true;
	/* It may have been reclaimed already, when its reader died. */
	struct bufpool_buffer back;
	if (bufpool_take(worker->pool, buffer->index, buffer->ticket, &back) == BUFPOOL_OK) {
		write_stamp(&back, 0);
		bufpool_free(worker->pool, &back);
	}
	return true;
}

/* --- work --- */

static bool all_done(int side)
{
	for (int i = 0; i < THREADS; i++)
		if (shared->done[side][i] < holdings_due)
			return false;
	return true;
}

static bool give_up(void *worker)
{
	/* Letters must be read, or all buffers may lie in them. */
	read_letter(worker);
	return false;
}

static void hold_one(struct worker *worker, uint64_t holding)
{
	struct bufpool_buffer buffer;
	bool mail = random_next(&worker->random) % 8 == 0;
	/* A letter may outlive a reclaim by its sender; its stamp says that it is one. */
	uint64_t stamp = stamp_of(worker, mail ? holding | 0xff : holding & ~(uint64_t)0xff);
	enum bufpool_result result = bufpool_obtain(worker->pool, policy, give_up, worker, &buffer);
	if (result == BUFPOOL_EMPTY) {
		read_letter(worker);
		return;
	}
	check(result == BUFPOOL_OK, "no buffer, and no reason");
	check_free(&buffer);
	write_stamp(&buffer, stamp);
	if (random_next(&worker->random) % 64 == 0)
		sched_yield();
	check_stamp(&buffer, stamp);
	if (mail && send_letter(worker, &buffer))
		return;
	write_stamp(&buffer, 0);
	check(bufpool_free(worker->pool, &buffer) == BUFPOOL_OK, "a buffer that was held isn't");
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	_Atomic uint64_t *done = &shared->done[worker->side][worker->number];
	while (*done < holdings_due) {
		hold_one(worker, *done);
		*done += 1;
		if (*done % 4 == 0)
			read_letter(worker);
	}
	/* The other side may still wait for what lies in our box. */
	while (!all_done(!worker->side)) {
		read_letter(worker);
		usleep(1000);
	}
	return NULL;
}

static void empty_box(struct worker *worker)
{
	for (int i = 0; i < 64 * LETTERS; i++)
		read_letter(worker);
}

_Noreturn static void run_side(int side)
{
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	struct bufpool *pool;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	check(bufpool_open(memory, bufpool_bytes(&geometry), &geometry, (enum bufpool_side)side,
			   &pool) == BUFPOOL_OK,
	      "the pool can't be opened");
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){pool, side, i, shared->lives[side],
					     (uint32_t)(getpid() * 16 + i + 1)};
		check(pthread_create(&threads[i], NULL, work, &workers[i]) == 0, "no thread");
	}
	while (!all_done(0) || !all_done(1)) {
		if (shared->reclaim[side]) {
			bufpool_reclaim(pool);
			shared->reclaim[side] = 0;
		}
		usleep(500);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	empty_box(&workers[0]);
	_exit(0);
}

/* --- the one who kills --- */

static pid_t start_side(int side)
{
	pid_t child = fork();
	check(child >= 0, "no process");
	if (child == 0)
		run_side(side);
	return child;
}

static uint64_t holdings_done(void)
{
	uint64_t sum = 0;
	for (int side = 0; side < 2; side++)
		for (int i = 0; i < THREADS; i++)
			sum += shared->done[side][i];
	return sum;
}

/* Kills a side; the other one reclaims before the next begins. */
static void replace(pid_t *children, int side)
{
	kill(children[side], SIGKILL);
	check(waitpid(children[side], NULL, 0) == children[side], "waitpid");
	shared->lives[side]++; /* whose stamps are in what is reclaimed now */
	shared->reclaim[!side] = 1;
	while (shared->reclaim[!side] && !shared->failed)
		usleep(100);
	children[side] = start_side(side);
}

static void await_end(const pid_t *children)
{
	for (int side = 0; side < 2; side++) {
		int status;
		check(waitpid(children[side], &status, 0) == children[side], "waitpid");
		check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a side failed");
	}
}

static void check_end(void)
{
	struct bufpool *pool;
	struct bufpool_usage usage;
	check(bufpool_open(memory, bufpool_bytes(&geometry), &geometry, BUFPOOL_FIRST, &pool) ==
		      BUFPOOL_OK,
	      "the pool can't be opened");
	bufpool_usage(pool, &usage);
	printf("%llu holdings, %u areas, %u buffers in use at the end\n",
	       (unsigned long long)usage.holdings, usage.areas, usage.in_use);
	check(usage.in_use == 0, "buffers are lost");
	check(usage.holdings > 0, "nothing was tested");
	bufpool_close(pool);
}

static void read_arguments(int argc, char **argv)
{
	const char *asked = getenv("BUFPOOL_STRESS_HOLDINGS");
	check(argc > 1, "usage: bufpool-stress wait|grow|fail [HOLDINGS [SEED]]");
	policy = strcmp(argv[1], "wait") == 0   ? BUFPOOL_WAIT
		 : strcmp(argv[1], "grow") == 0 ? BUFPOOL_GROW
						: BUFPOOL_FAIL;
	if (asked != NULL)
		holdings_due = strtoull(asked, NULL, 10);
	if (argc > 2)
		holdings_due = strtoull(argv[2], NULL, 10);
}

int main(int argc, char **argv)
{
	pid_t children[2];
	uint32_t random = argc > 3 ? (uint32_t)atoi(argv[3]) : 1, kills = 0;
	shared = shared_memory(sizeof *shared);
	read_arguments(argc, argv);
	memory = shared_memory(bufpool_bytes(&geometry));
	for (int side = 0; side < 2; side++)
		children[side] = start_side(side);
	/* The last quarter is left in peace, so that the end is one that both see. */
	uint64_t peace = holdings_due * 2 * THREADS * 3 / 4, next = 0;
	uint32_t every = peace / KILLS_MAX > KILL_EVERY ? (uint32_t)(peace / KILLS_MAX)
							: KILL_EVERY;
	while (next += 1 + random_next(&random) % (2 * every), next < peace) {
		while (!shared->failed && holdings_done() < next)
			usleep(100);
		if (shared->failed || holdings_done() >= peace)
			break;
		replace(children, (int)(random_next(&random) % 2));
		kills++;
	}
	await_end(children);
	printf("%u kills\n", kills);
	check_end();
	return shared->failed ? 1 : 0;
}
