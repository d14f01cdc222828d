/* A handled signal ends a call; the server thread is cancelled, and its clean-up
 * handler runs. */
#include <door.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <synch.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static sema_t cancelled;

static void on_alarm(int signal)
{
	(void)signal;
}

static void clean_up(void *unused)
{
	(void)unused;
	sema_post(&cancelled);
}

static void serve(void *cookie, char *argp, size_t arg_size, door_desc_t *dp, uint_t n_desc)
{
	(void)cookie;
	(void)argp;
	(void)dp;
	(void)n_desc;
	if (arg_size == 0) {
		/* The default creation function turns cancellation off. */
		pthread_cleanup_push(clean_up, NULL);
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
		for (;;)
			pause();
		pthread_cleanup_pop(0);
	}
	door_return(NULL, 0, NULL, 0);
}

static void client(int door)
{
	struct sigaction action;
	struct itimerval timer;
	door_arg_t arg;
	char byte = 0;
	memset(&action, 0, sizeof action);
	memset(&timer, 0, sizeof timer);
	memset(&arg, 0, sizeof arg);
	action.sa_handler = on_alarm;
	action.sa_flags = SA_RESTART; /* door_call() isn't restarted in any case */
	sigaction(SIGALRM, &action, NULL);
	timer.it_value.tv_usec = 200000;
	setitimer(ITIMER_REAL, &timer, NULL);
	if (door_call(door, NULL) < 0)
		printf("first call: %s\n", errno == EINTR ? "EINTR" : strerror(errno));
	arg.data_ptr = &byte;
	arg.data_size = 1;
	if (door_call(door, &arg) == 0)
		printf("second call: done\n");
	fflush(stdout);
	_exit(0);
}

int main(void)
{
	int door;
	pid_t child;
	sema_init(&cancelled, 0, USYNC_THREAD, NULL);
	door = door_create(serve, NULL, 0);
	if (door < 0)
		return 1;
	child = fork();
	if (child == 0)
		client(door);
	waitpid(child, NULL, 0);
	while (sema_wait(&cancelled) == EINTR)
		;
	printf("server thread: cancelled\n");
	return 0;
}
