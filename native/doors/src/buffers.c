/* Pools of buffers: which processes share which, and how they are used. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "bufpool.h"
#include "door_buffers.h"
#include "impl.h"

/* As many as make up for a thread with a buffer each, and more. */
#define AREAS 64u

#define BUFFER_BYTES_MIN 256u
#define BUFFER_BYTES_MAX (1024u * 1024u)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct buffers *all; /* under lock */
static uint32_t time_every; /* likewise */
static _Atomic uint64_t overflows;

/* --- choices ----------------------------------------------------------------------- */

/* relaxed throughout: one that is changed while a call comes may meet it or not. */
static _Atomic int release_choice = -1;
static _Atomic int exhausted_choice = -1;

/* The number of the environment's word among `words`, 0 without one. */
static int choice_of(_Atomic int *choice, const char *name, const char *const *words)
{
	int known = atomic_load_explicit(choice, memory_order_relaxed), none = -1;
	if (known >= 0)
		return known;
	const char *word = getenv(name);
	int found = 0;
	for (int i = 0; word != NULL && words[i] != NULL; i++)
		if (strcmp(word, words[i]) == 0)
			found = i;
	/* What the program has chosen meanwhile stays. */
	return atomic_compare_exchange_strong_explicit(choice, &none, found, memory_order_relaxed,
						       memory_order_relaxed)
		       ? found
		       : none;
}

static int release(void)
{
	static const char *const words[] = {"early", "hold", NULL};
	return choice_of(&release_choice, "LIBDOOR_BUFFERS", words);
}

int buffers_exhausted(void)
{
	static const char *const words[] = {"grow", "wait", "fail", NULL};
	return choice_of(&exhausted_choice, "LIBDOOR_EXHAUSTED", words);
}

bool buffers_hold(void)
{
	return release() == DOOR_BUFFERS_HOLD;
}

static int choose(_Atomic int *choice, int before, int wanted, int most)
{
	if (wanted < -1 || wanted > most) {
		errno = EINVAL;
		return -1;
	}
	if (wanted >= 0)
		atomic_store_explicit(choice, wanted, memory_order_relaxed);
	return before;
}

int door_buffers(int wanted)
{
	return choose(&release_choice, release(), wanted, DOOR_BUFFERS_HOLD);
}

int door_exhausted(int wanted)
{
	return choose(&exhausted_choice, buffers_exhausted(), wanted, DOOR_EXHAUSTED_FAIL);
}

static uint32_t number_of(const char *name, uint32_t low, uint32_t high, uint32_t fallback)
{
	const char *text = getenv(name);
	char *rest = NULL;
	unsigned long value = text != NULL ? strtoul(text, &rest, 10) : 0;
	return text != NULL && rest != text && *rest == '\0' && value >= low && value <= high
		       ? (uint32_t)value
		       : fallback;
}

/* --- the shape of a pool, as a hello says it: number, areas, bytes --- */

static uint64_t shape_chosen(void)
{
	uint64_t count = number_of("LIBDOOR_BUFFER_COUNT", 1, BUFPOOL_BUFFERS_MAX,
				   BUFPOOL_BUFFERS_MAX);
	uint64_t bytes = number_of("LIBDOOR_BUFFER_BYTES", BUFFER_BYTES_MIN, BUFFER_BYTES_MAX,
				   BUFPOOL_BUFFER_BYTES);
	return bytes << 32 | (uint64_t)AREAS << 16 | count;
}

static struct bufpool_geometry geometry_of(uint64_t shape)
{
	return (struct bufpool_geometry){.buffers = (uint32_t)(shape & 0xffff),
					 .areas = (uint32_t)(shape >> 16 & 0xffff),
					 .buffer_bytes = (uint32_t)(shape >> 32)};
}

/* --- making and ending --- */

/* Takes over what it is about, also when it fails. Under lock. */
static struct buffers *enter(struct buffers contents)
{
	struct bufpool_geometry geometry = geometry_of(contents.shape);
	struct buffers *buffers = malloc(sizeof *buffers);
	enum bufpool_side side = contents.client ? BUFPOOL_FIRST : BUFPOOL_SECOND;
	if (buffers == NULL || bufpool_open(contents.memory, contents.bytes, &geometry, side,
					    &contents.pool) != BUFPOOL_OK) {
		munmap(contents.memory, contents.bytes);
		if (contents.fd >= 0)
			shut(contents.fd);
		free(buffers);
		return NULL;
	}
	contents.buffer_bytes = geometry.buffer_bytes;
	contents.users = 1;
	contents.next = all;
	*buffers = contents;
	all = buffers;
	bufpool_time(buffers->pool, time_every);
	return buffers;
}

static struct buffers *create(pid_t server)
{
	struct buffers contents = {.client = true, .peer = server, .shape = shape_chosen()};
	struct bufpool_geometry geometry = geometry_of(contents.shape);
	contents.bytes = bufpool_bytes(&geometry);
	if (contents.bytes == 0)
		return NULL;
	contents.memory = memory_create(contents.bytes, false, &contents.fd);
	return contents.memory != NULL ? enter(contents) : NULL;
}

struct buffers *buffers_with(pid_t server)
{
	pthread_mutex_lock(&lock);
	struct buffers *buffers = all;
	while (buffers != NULL && (!buffers->client || buffers->dead || buffers->peer != server))
		buffers = buffers->next;
	if (buffers != NULL)
		buffers->users++;
	else
		buffers = create(server);
	pthread_mutex_unlock(&lock);
	return buffers;
}

static struct buffers *adopt(pid_t client, int fd, uint64_t shape, const struct statx *facts)
{
	struct buffers contents = {.peer = client,
				   .shape = shape,
				   .fd = -1,
				   .device = facts->stx_dev_minor,
				   .inode = facts->stx_ino};
	struct bufpool_geometry geometry = geometry_of(shape);
	contents.bytes = bufpool_bytes(&geometry);
	if (contents.bytes == 0)
		return NULL;
	contents.memory = memory_attach(fd, contents.bytes, true);
	return contents.memory != NULL ? enter(contents) : NULL;
}

struct buffers *buffers_from(pid_t client, int fd, uint64_t shape)
{
	struct statx facts;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO, &facts) < 0)
		return NULL;
	pthread_mutex_lock(&lock);
	struct buffers *buffers = all;
	while (buffers != NULL &&
	       (buffers->client || buffers->peer != client || buffers->shape != shape ||
		buffers->device != facts.stx_dev_minor || buffers->inode != facts.stx_ino))
		buffers = buffers->next;
	if (buffers != NULL)
		buffers->users++;
	else
		buffers = adopt(client, fd, shape, &facts);
	pthread_mutex_unlock(&lock);
	return buffers;
}

static void end(struct buffers *buffers)
{
	bufpool_close(buffers->pool);
	munmap(buffers->memory, buffers->bytes);
	if (buffers->fd >= 0)
		shut(buffers->fd);
	free(buffers);
}

void buffers_release(struct buffers *buffers)
{
	pthread_mutex_lock(&lock);
	if (--buffers->users > 0) {
		pthread_mutex_unlock(&lock);
		return;
	}
	for (struct buffers **link = &all; *link != NULL; link = &(*link)->next)
		if (*link == buffers) {
			*link = buffers->next;
			break;
		}
	pthread_mutex_unlock(&lock);
	end(buffers);
}

void buffers_peer_died(struct buffers *buffers)
{
	pthread_mutex_lock(&lock);
	buffers->dead = true;
	pthread_mutex_unlock(&lock);
}

void buffers_forget(void)
{
	/* The memory stays: threads of the parent may have been in the midst of it. */
	for (struct buffers *buffers = all; buffers != NULL; buffers = buffers->next)
		if (buffers->fd >= 0)
			shut(buffers->fd);
	all = NULL;
	pthread_mutex_init(&lock, NULL);
}

/* --- figures ------------------------------------------------------------------------- */

void buffers_overflowed(void)
{
	atomic_fetch_add_explicit(&overflows, 1, memory_order_relaxed);
}

static void add(struct door_buffers_usage *sum, const struct buffers *buffers)
{
	struct bufpool_usage usage;
	struct bufpool_counts counts;
	bufpool_usage(buffers->pool, &usage);
	bufpool_counts(buffers->pool, &counts);
	sum->in_use += usage.in_use;
	sum->touched += usage.touched;
	sum->areas += usage.areas;
	sum->buffer_bytes = buffers->buffer_bytes;
	sum->holdings += usage.holdings;
	sum->timed += usage.timed;
	sum->held_ns += usage.held_ns;
	sum->open_ns += usage.open_ns;
	sum->waits += counts.waits;
	sum->failures += counts.failures;
}

void door_buffers_usage(struct door_buffers_usage *usage)
{
	memset(usage, 0, sizeof *usage);
	usage->overflows = atomic_load_explicit(&overflows, memory_order_relaxed);
	pthread_mutex_lock(&lock);
	for (const struct buffers *buffers = all; buffers != NULL; buffers = buffers->next)
		if (buffers->client)
			add(usage, buffers);
	pthread_mutex_unlock(&lock);
}

uint32_t door_buffers_taken(uint32_t *taken, uint32_t most)
{
	uint32_t count = 0;
	pthread_mutex_lock(&lock);
	for (const struct buffers *buffers = all; buffers != NULL && count == 0;
	     buffers = buffers->next)
		if (buffers->client)
			count = bufpool_holdings(buffers->pool, taken, most);
	pthread_mutex_unlock(&lock);
	return count;
}

void door_buffers_time(uint32_t every)
{
	pthread_mutex_lock(&lock);
	time_every = every;
	for (struct buffers *buffers = all; buffers != NULL; buffers = buffers->next)
		bufpool_time(buffers->pool, every);
	pthread_mutex_unlock(&lock);
}
