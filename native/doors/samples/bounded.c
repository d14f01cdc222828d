/* A creation function that makes at most two threads for a private door; calls
 * that find none wait. */
#include <door.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <thread.h>
#include <unistd.h>

static mutex_t door_lock = DEFAULTMUTEX; /* held until `door` is set */
static int door;

static mutex_t lock = DEFAULTMUTEX;
static int threads, inside, most, calls;

static void *server_thread(void *argument)
{
	(void)argument;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	mutex_lock(&door_lock);
	mutex_unlock(&door_lock);
	if (door_bind(door) < 0)
		perror("door_bind");
	door_return(NULL, 0, NULL, 0);
	perror("door_return");
	return NULL;
}

static void create(door_info_t *info)
{
	int make;
	if (info == NULL) /* the process's own pool */
		return;
	mutex_lock(&lock);
	make = threads < 2;
	threads += make;
	mutex_unlock(&lock);
	if (make)
		thr_create(NULL, 0, server_thread, NULL, THR_BOUND | THR_DETACHED, NULL);
}

static void serve(void *cookie, char *argp, size_t arg_size, door_desc_t *dp, uint_t n_desc)
{
	struct timespec nap = {0, 1000000};
	(void)cookie;
	(void)argp;
	(void)arg_size;
	(void)dp;
	(void)n_desc;
	mutex_lock(&lock);
	calls++;
	if (++inside > most)
		most = inside;
	mutex_unlock(&lock);
	nanosleep(&nap, NULL);
	mutex_lock(&lock);
	inside--;
	mutex_unlock(&lock);
	door_return(NULL, 0, NULL, 0);
}

static void *caller(void *unused)
{
	int i;
	(void)unused;
	for (i = 0; i < 25; i++)
		if (door_call(door, NULL) < 0)
			perror("door_call");
	return NULL;
}

int main(void)
{
	int i, joined = 0;
	door_server_create(create);
	mutex_lock(&door_lock);
	door = door_create(serve, NULL, DOOR_PRIVATE);
	mutex_unlock(&door_lock);
	if (door < 0)
		return 1;
	for (i = 0; i < 6; i++)
		thr_create(NULL, 0, caller, NULL, THR_BOUND, NULL);
	while (thr_join(0, NULL, NULL) == 0)
		joined++;
	printf("%d clients, %d calls, %d threads, at most %d at once\n", joined, calls, threads,
	       most);
	return 0;
}
