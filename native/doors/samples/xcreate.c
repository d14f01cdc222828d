/* door_xcreate(): a private pool of exactly three threads, each with a number of
 * its own; three calls are served at once, a fourth thread is declined. */
#include <door.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thread.h>
#include <unistd.h>

#define THREADS 3

static mutex_t lock = DEFAULTMUTEX;
static cond_t changed = DEFAULTCV;
static int made, declined, set_up, inside, meetings;

static int create(door_info_t *info, void *(*start)(void *), void *argument, void *cookie)
{
	int mine;
	mutex_lock(&lock);
	mine = made < *(int *)cookie;
	if (mine)
		made++;
	else
		declined++;
	mutex_unlock(&lock);
	if ((info->di_attributes & DOOR_PRIVATE) == 0)
		return -1;
	if (!mine)
		return 0;
	return thr_create(NULL, 0, start, argument, THR_BOUND | THR_DETACHED, NULL) == 0 ? 1 : -1;
}

static void setup(void *cookie)
{
	(void)cookie;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	mutex_lock(&lock);
	set_up++;
	mutex_unlock(&lock);
}

/* Returns when three calls are inside. */
static void serve(void *cookie, char *argp, size_t arg_size, door_desc_t *dp, uint_t n_desc)
{
	int meeting;
	(void)cookie;
	(void)argp;
	(void)arg_size;
	(void)dp;
	(void)n_desc;
	mutex_lock(&lock);
	meeting = meetings;
	if (++inside == THREADS) {
		inside = 0;
		meetings++;
		cond_broadcast(&changed);
	}
	while (meeting == meetings)
		cond_wait(&changed, &lock);
	mutex_unlock(&lock);
	door_return(NULL, 0, NULL, 0);
}

static void *caller(void *argument)
{
	int i;
	for (i = 0; i < 10; i++)
		if (door_call(*(int *)argument, NULL) < 0)
			perror("door_call");
	return NULL;
}

int main(void)
{
	int limit = THREADS, i;
	thread_t threads[THREADS];
	int door = door_xcreate(serve, NULL, 0, create, setup, &limit, THREADS);
	if (door < 0) {
		perror("door_xcreate");
		return 1;
	}
	printf("made %d, set up %d\n", made, set_up);
	for (i = 0; i < THREADS; i++)
		thr_create(NULL, 0, caller, &door, 0, &threads[i]);
	for (i = 0; i < THREADS; i++)
		thr_join(threads[i], NULL, NULL);
	printf("made %d, declined: %s, meetings %d\n", made, declined > 0 ? "yes" : "no", meetings);
	return 0;
}
