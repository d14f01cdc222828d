/* The doors of this process, and the descriptors that lead to them. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/un.h>
#include <unistd.h>

#include "impl.h"

pthread_mutex_t doors_lock = PTHREAD_MUTEX_INITIALIZER;
struct door *doors;

static door_id_t next_id = 1;

struct door *door_here(int fd)
{
	struct door_identity identity;
	if (door_identify(fd, &identity) < 0 || identity.server != getpid())
		return NULL;
	pthread_mutex_lock(&doors_lock);
	struct door *door = doors;
	while (door != NULL && door->id != identity.id)
		door = door->next;
	if (door != NULL)
		door->references++;
	pthread_mutex_unlock(&doors_lock);
	return door;
}

static void free_door(struct door *door)
{
	if (door->pool != NULL && door->pool->door == door)
		pool_free(door->pool);
	if (door->page != NULL) {
		munmap(door->page, PAGE_BYTES);
		shut(door->page_fd);
	}
	free(door->info);
	free(door);
}

void door_release(struct door *door)
{
	if (--door->references == 0)
		free_door(door);
}

void door_release_locked(struct door *door)
{
	pthread_mutex_lock(&doors_lock);
	door_release(door);
	pthread_mutex_unlock(&doors_lock);
}

/* --- descriptors ------------------------------------------------------------ */

/* The program's descriptors are the lowest free ones, as anywhere. */
static int move_low(int fd)
{
	int low = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (low < 0)
		return fd;
	shut(low < fd ? fd : low);
	return low < fd ? low : fd;
}

static int name_end(const struct door *door, int socket)
{
	static unsigned long long next_export = 1;
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int length = snprintf(name.sun_path + 1, sizeof name.sun_path - 1,
			      DOOR_NAME_PREFIX "%d/%llx/%x/%llx", (int)getpid(), door->id,
			      door->attributes, next_export++);
	return bind(socket, (struct sockaddr *)&name,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length));
}

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76 /* Linux 6.5 */
#endif

/* Who says hello is told by the kernel. (SO_PEERCRED of the session's socket would
 * name who made that pair, which need not be who sends it.) */
static void attest_senders(int socket)
{
	int on = 1;
	setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
	setsockopt(socket, SOL_SOCKET, SO_PASSPIDFD, &on, sizeof on);
}

int door_export(struct door *door, enum end_kind kind)
{
	struct door_end *end = malloc(sizeof *end);
	int ends[2] = {-1, -1};
	if (end == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		goto failed;
	ends[1] = move_high(ends[1]);
	attest_senders(ends[1]);
	if (name_end(door, ends[1]) < 0)
		goto failed;
	*end = (struct door_end){.next = door->ends,
				 .door = door,
				 .kind = kind,
				 .socket = ends[1],
				 .client = socket_inode(ends[0])};
	if (reception_watch_end(end) < 0)
		goto failed;
	door->ends = end;
	return move_low(ends[0]);
failed:;
	int error = errno;
	free(end);
	if (ends[0] >= 0)
		shut(ends[0]);
	if (ends[1] >= 0)
		shut(ends[1]);
	errno = error;
	return -1;
}

void door_end_close(struct door_end *end)
{
	for (struct door_end **link = &end->door->ends; *link != NULL; link = &(*link)->next)
		if (*link == end) {
			*link = end->next;
			break;
		}
	reception_bury(end->arrival);
	shut(end->socket);
	free(end);
}

/* --- making and ending ---------------------------------------------------------- */

static void fill_info(const struct door *door, door_info_t *info)
{
	*info = (door_info_t){.di_target = getpid(),
			      .di_proc = (door_ptr_t)(uintptr_t)door->procedure,
			      .di_data = (door_ptr_t)(uintptr_t)door->cookie,
			      .di_attributes = door->attributes | DOOR_LOCAL,
			      .di_uniquifier = door->id};
}

int door_info_here(struct door *door, door_info_t *info)
{
	fill_info(door, info);
	if (door->revoked)
		info->di_attributes |= DOOR_REVOKED;
	if (!wants_unref(door))
		return 0;
	if (door->unref_delivered)
		info->di_attributes &= ~(door_attr_t)DOOR_UNREF;
	pthread_mutex_lock(&doors_lock);
	if (unref_count(door) == 1)
		info->di_attributes |= DOOR_IS_UNREF;
	pthread_mutex_unlock(&doors_lock);
	return 0;
}

static int make_page(struct door *door)
{
	door->page = memory_create(PAGE_BYTES, true, &door->page_fd);
	if (door->page == NULL)
		return -1;
	*door->page = (struct door_page){
		.attributes = door->attributes,
		.data_max = SIZE_MAX,
		.desc_max = door->attributes & DOOR_REFUSE_DESC ? 0 : INT_MAX,
		.id = door->id,
		.server = getpid(),
		.server_cpu = only_cpu(),
		.procedure = (uint64_t)(uintptr_t)door->procedure,
		.cookie = (uint64_t)(uintptr_t)door->cookie,
	};
	return 0;
}

static int fill_door(struct door *door, int *client)
{
	door->info = malloc(sizeof *door->info);
	if (door->info == NULL || make_page(door) < 0)
		return -1;
	fill_info(door, door->info);
	door->pool = door->attributes & DOOR_PRIVATE ? pool_create(door) : pool_of_process();
	if (door->pool == NULL)
		return -1;
	*client = door_export(door, END_OWN);
	return *client < 0 ? -1 : 0;
}

struct door *door_open(door_server_procedure_t *procedure, void *cookie, door_attr_t attributes,
		       int *client)
{
	if (reception_start() < 0)
		return NULL;
	struct door *door = calloc(1, sizeof *door);
	if (door == NULL)
		return NULL;
	*door = (struct door){.procedure = procedure,
			      .cookie = cookie,
			      .attributes = attributes,
			      .id = next_id++,
			      .page_fd = -1,
			      .references = 1};
	if (fill_door(door, client) < 0) {
		int error = errno;
		free_door(door);
		errno = error;
		return NULL;
	}
	door->next = doors;
	doors = door;
	unref_doors += wants_unref(door);
	return door;
}

bool door_unlink(struct door *door)
{
	for (struct door **link = &doors; *link != NULL; link = &(*link)->next)
		if (*link == door) {
			*link = door->next;
			unref_doors -= wants_unref(door);
			return true;
		}
	return false;
}

void door_drop_unreachable(struct door *door)
{
	/* What still serves or calls holds references of its own. */
	if (door->ends == NULL && door->names == 0 && door_unlink(door))
		door_release(door);
}
