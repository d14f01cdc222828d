/* Many threads, many doors, many calls: nothing grows that needn't. */
#include "check.h"

static void *calls_often(void *door)
{
	for (int i = 0; i < 200; i++) {
		char text[32], buffer[32];
		snprintf(text, sizeof text, "%lx/%d", (unsigned long)pthread_self(), i);
		door_arg_t arg = {text, strlen(text) + 1, NULL, 0, buffer, sizeof buffer};
		CHECK(door_call(*(int *)door, &arg) == 0 && strcmp(text, buffer) == 0);
	}
	return NULL;
}

static void two_hundred_clients(void)
{
	pthread_t threads[200];
	int door = door_create(echo, NULL, 0);
	for (int i = 0; i < 200; i++)
		CHECK(pthread_create(&threads[i], NULL, calls_often, &door) == 0);
	for (int i = 0; i < 200; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

static void two_hundred_clients_of_a_process(void)
{
	pthread_t threads[200];
	struct remote far = remote(make_echo);
	for (int i = 0; i < 200; i++)
		CHECK(pthread_create(&threads[i], NULL, calls_often, &far.door) == 0);
	for (int i = 0; i < 200; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	remote_end(&far);
}

static atomic_int inside;

static PROCEDURE(waits_for_all)
{
	inside++;
	for (int i = 0; i < PATIENCE_MS && inside < 200; i++)
		usleep(1000);
	door_return(NULL, 0, NULL, 0);
}

static void *calls_once(void *door)
{
	CHECK(door_call(*(int *)door, NULL) == 0);
	return NULL;
}

/* The pool grows to as many threads as there are calls at once. */
static void two_hundred_servers(void)
{
	pthread_t threads[200];
	int door = door_create(waits_for_all, NULL, 0);
	for (int i = 0; i < 200; i++)
		CHECK(pthread_create(&threads[i], NULL, calls_once, &door) == 0);
	for (int i = 0; i < 200; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	CHECK(inside == 200);
}

/* 2 MiB of slack for the allocator; sanitizers keep what was freed. */
static void check_growth(long pages_before, int descriptors_before)
{
	if (!SANITIZED)
		CHECK(resident_pages() < pages_before + 512);
	WAIT_FOR(open_descriptors() <= descriptors_before + 2);
}

static void ten_thousand_doors(void)
{
	long pages = 0;
	int number = -1, descriptors = 0;
	for (int i = 0; i < 10000; i++) {
		int door = door_create(nothing, NULL, i % 10 == 0 ? DOOR_UNREF : 0);
		CHECK(door >= 0 && (number < 0 || door == number));
		number = door;
		if (i % 100 == 0)
			CHECK(door_call(door, NULL) == 0);
		CHECK(door_revoke(door) == 0);
		if (i == 1000) {
			pages = resident_pages();
			descriptors = open_descriptors();
		}
	}
	check_growth(pages, descriptors);
}

/* A door of which no descriptor is left is nobody's. */
static void ten_thousand_doors_closed(void)
{
	long pages = 0;
	int descriptors = 0;
	for (int i = 0; i < 10000; i++) {
		int door = door_create(nothing, NULL, 0);
		CHECK(door >= 0);
		if (i % 100 == 0)
			CHECK(door_call(door, NULL) == 0);
		CHECK(close(door) == 0);
		/* the library hears of it a moment later */
		if (i % 100 == 0)
			usleep(1000);
		if (i == 1000) {
			usleep(200000);
			pages = resident_pages();
			descriptors = open_descriptors();
		}
	}
	WAIT_FOR(open_descriptors() <= descriptors + 2);
	check_growth(pages, descriptors);
}

static void a_thousand_private_doors(void)
{
	long pages = 0;
	int descriptors = 0;
	door_server_create(no_threads);
	for (int i = 0; i < 1000; i++) {
		int door = door_create(nothing, NULL, DOOR_PRIVATE);
		CHECK(door >= 0 && door_revoke(door) == 0);
		if (i == 200) {
			pages = resident_pages();
			descriptors = open_descriptors();
		}
	}
	check_growth(pages, descriptors);
}

/* Threads that called and ended have left no session. */
static void threads_come_and_go(void)
{
	long pages = 0;
	int descriptors = 0;
	struct remote far = remote(make_nothing);
	for (int i = 0; i < 1000; i++) {
		pthread_t thread;
		CHECK(pthread_create(&thread, NULL, calls_once, &far.door) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
		if (i == 200) {
			pages = resident_pages();
			descriptors = open_descriptors();
		}
	}
	check_growth(pages, descriptors);
	remote_end(&far);
}

const struct test scale_tests[] = {
	{"two-hundred-clients", two_hundred_clients},
	{"two-hundred-clients-of-a-process", two_hundred_clients_of_a_process},
	{"two-hundred-servers", two_hundred_servers},
	{"ten-thousand-doors", ten_thousand_doors},
	{"ten-thousand-doors-closed", ten_thousand_doors_closed},
	{"a-thousand-private-doors", a_thousand_private_doors},
	{"threads-come-and-go", threads_come_and_go},
	{NULL, NULL},
};
