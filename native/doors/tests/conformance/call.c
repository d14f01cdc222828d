/* door_call(): arguments, and its errors up to the moment the server has the call. */
#include "check.h"

#include <sys/mman.h>
#include <sys/socket.h>

static void call_within_the_process(void)
{
	char buffer[64];
	int door = door_create(echo, NULL, 0);
	door_arg_t arg = {"hello", 6, NULL, 0, buffer, sizeof buffer};
	CHECK(door_call(door, &arg) == 0);
	CHECK(arg.data_ptr == buffer && arg.data_size == 6 && strcmp(buffer, "hello") == 0);
	CHECK(arg.desc_num == 0 && arg.rbuf == buffer && arg.rsize == sizeof buffer);
}

/* The call fails with `error` and leaves the struct as it was. */
static void fails_untouched(int door, const door_arg_t *arg, int error)
{
	door_arg_t copy;
	memcpy(&copy, arg, sizeof copy);
	CHECK_FAILS(door_call(door, &copy), error);
	CHECK(memcmp(&copy, arg, sizeof copy) == 0);
}

static void call_errors(void)
{
	char buffer[8];
	door_arg_t arg = {buffer, 8, NULL, 0, buffer, 8};
	int door = door_create(echo, NULL, 0), pair[2], ends[2];
	CHECK_FAILS(door_call(-1, &arg), EBADF);
	CHECK_FAILS(door_call(DOOR_QUERY, &arg), EBADF);
	CHECK_FAILS(door_call(1000, &arg), EBADF);
	CHECK_FAILS(door_call(1 << 20, &arg), EBADF);
	CHECK_FAILS(door_call(0, &arg), EBADF);
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	CHECK_FAILS(door_call(pair[0], &arg), EBADF);
	CHECK(recv(pair[1], buffer, 8, MSG_DONTWAIT) == -1); /* and nothing was sent */
	CHECK(pipe(ends) == 0);
	CHECK_FAILS(door_call(ends[1], &arg), EBADF);
	CHECK_FAILS(door_call(open("/", O_RDONLY | O_DIRECTORY), &arg), EBADF);
	CHECK_FAILS(door_call(door, (door_arg_t *)1), EFAULT);
	CHECK_FAILS(door_call(-1, (door_arg_t *)1), EFAULT); /* in this order */
	fails_untouched(door, &(door_arg_t){(char *)16, 8, NULL, 0, buffer, 8}, EFAULT);
	fails_untouched(door, &(door_arg_t){NULL, 8, NULL, 0, buffer, 8}, EFAULT);
	fails_untouched(door, &(door_arg_t){buffer, 8, NULL, 0, (char *)16, 8}, EFAULT);
	fails_untouched(door, &(door_arg_t){buffer, 8, (void *)16, 1, buffer, 8}, EFAULT);
	fails_untouched(door, &(door_arg_t){buffer, 8, NULL, 1, buffer, 8}, EFAULT);
	close(door);
	CHECK_FAILS(door_call(door, &arg), EBADF);
}

/* What comes first when several things are wrong: limits, then sizes, then
 * addresses, then descriptors. */
static void call_errors_in_order(void)
{
	static door_desc_t many[1025];
	char *wild = (char *)16;
	int refuse = door_create(nothing, NULL, DOOR_REFUSE_DESC);
	int limited = door_create(nothing, NULL, 0), door = door_create(nothing, NULL, 0);
	CHECK(door_setparam(refuse, DOOR_PARAM_DATA_MIN, 4) == 0);
	CHECK(door_setparam(limited, DOOR_PARAM_DESC_MAX, 1) == 0);
	fails_untouched(-1, &(door_arg_t){wild, 1, many, 1025, NULL, 0}, EBADF);
	fails_untouched(refuse, &(door_arg_t){wild, 3, many, 1025, NULL, 0}, ENOBUFS);
	fails_untouched(refuse, &(door_arg_t){wild, 4, many, 1025, NULL, 0}, ENOTSUP);
	fails_untouched(limited, &(door_arg_t){wild, 4, many, 1025, NULL, 0}, ENFILE);
	fails_untouched(limited, &(door_arg_t){wild, 4, many, 2, NULL, 0}, ENFILE);
	fails_untouched(door, &(door_arg_t){wild, 4, many, 1025, NULL, 0}, E2BIG);
	fails_untouched(door, &(door_arg_t){wild, 4, (void *)16, 1025, NULL, 0}, E2BIG);
	fails_untouched(door, &(door_arg_t){wild, 4, many, 1, NULL, 0}, EFAULT);
	fails_untouched(door, &(door_arg_t){NULL, 0, many, 1, NULL, 0}, EINVAL);
	CHECK(door_call(door, NULL) == 0);
}

/* Over the stack comes before what is wrong with addresses and descriptors. */
static void stack_is_checked_before_addresses(void)
{
	door_desc_t untagged = {0};
	int door = door_create(nothing, NULL, 0);
	size_t bytes = 64u << 20;
	char *data = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	fails_untouched(door, &(door_arg_t){data, bytes, &untagged, 1, NULL, 0}, E2BIG);
	fails_untouched(door, &(door_arg_t){(char *)16, bytes, NULL, 0, NULL, 0}, E2BIG);
	CHECK(door_call(door, NULL) == 0);
}

static PROCEDURE(aligned)
{
	bool ok = ((uintptr_t)data & 15) == 0;
	ok = ok && (count == 0 || (char *)descs >= data + bytes); /* descriptors highest */
	for (uint_t i = 0; i < count; i++)
		close(descs[i].d_data.d_desc.d_descriptor);
	memset(data, 'z', bytes); /* writable, and ours */
	data[0] = ok;
	door_return(data, 1, NULL, 0);
}

static void arguments_are_private_and_aligned(void)
{
	static char data[9000];
	char buffer[8];
	door_desc_t desc = {.d_attributes = DOOR_DESCRIPTOR};
	int door = door_create(aligned, NULL, 0);
	for (size_t n = 1; n <= sizeof data; n = n * 2 + 1)
		for (uint_t count = 0; count < 2; count++) {
			memset(data, 'a', sizeof data);
			door_arg_t arg = {data, n, &desc, count, buffer, 8};
			CHECK(door_call(door, &arg) == 0 && buffer[0] == 1);
			for (size_t i = 0; i < sizeof data; i++)
				CHECK(data[i] == 'a');
		}
}

static PROCEDURE(is_null)
{
	char answer = data == NULL && descs == NULL && bytes == 0 && count == 0;
	door_return(&answer, 1, NULL, 0);
}

static void no_data_is_null(void)
{
	char buffer[8] = "";
	int door = door_create(is_null, NULL, 0);
	door_arg_t arg = {"x", 0, (door_desc_t *)16, 0, buffer, 8};
	CHECK(door_call(door, &arg) == 0 && buffer[0] == 1);
	arg = (door_arg_t){NULL, 0, NULL, 0, buffer, 8};
	buffer[0] = 0;
	CHECK(door_call(door, &arg) == 0 && buffer[0] == 1);
}

static void pattern(char *to, size_t bytes, unsigned seed)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (char)((seed + i) * 2654435761u >> 13);
}

/* Every size around the places where the way of transport changes. */
static void every_size(int door)
{
	static const size_t sizes[] = {0,    1,    31,   32,    33,    63,    64,     65,     4064,
				       4095, 4096, 4097, 65535, 65536, 65537, 131073, 300000, 1};
	static char data[300000], buffer[300000], expected[300000];
	for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		for (unsigned mapped = 0; mapped < 2; mapped++) {
			size_t n = sizes[i];
			pattern(data, n, i);
			pattern(expected, n, i);
			door_arg_t arg = {data,
					  n,
					  NULL,
					  0,
					  mapped ? NULL : buffer,
					  mapped ? 0 : sizeof buffer};
			CHECK(door_call(door, &arg) == 0);
			CHECK(arg.data_size == n);
			CHECK(n == 0 || arg.data_ptr == arg.rbuf);
			CHECK(memcmp(arg.data_ptr, expected, n) == 0);
			CHECK(memcmp(data, expected, n) == 0);
			if (mapped && n > 0)
				CHECK(munmap(arg.rbuf, arg.rsize) == 0);
		}
}

static void sizes_within_the_process(void)
{
	every_size(door_create(echo, NULL, 0));
}

static void sizes_between_processes(void)
{
	struct remote far = remote(make_echo);
	every_size(far.door);
	remote_end(&far);
}

static void too_big_for_the_stack(void)
{
	size_t bytes = 64u << 20;
	char *data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int door = door_create(nothing, NULL, 0);
	door_arg_t arg = {data, bytes, NULL, 0, NULL, 0};
	CHECK_FAILS(door_call(door, &arg), E2BIG);
	CHECK(door_call(door, NULL) == 0);
}

static void *serves_bound(void *door)
{
	CHECK(door_bind(*(int *)door) == 0);
	door_return(NULL, 0, NULL, 0);
	return NULL;
}

/* The limit is the stack of the thread that serves, whatever its size. */
static void too_big_for_a_small_stack(void)
{
	static char data[1200u << 10];
	pthread_attr_t attributes;
	pthread_t thread;
	door_server_create(no_threads);
	int door = door_create(nothing, NULL, DOOR_PRIVATE);
	pthread_attr_init(&attributes);
	CHECK(pthread_attr_setstacksize(&attributes, 1024u << 10) == 0);
	CHECK(pthread_create(&thread, &attributes, serves_bound, &door) == 0);
	for (int i = 0; i < 3; i++) {
		fails_untouched(door, &(door_arg_t){data, sizeof data, NULL, 0, NULL, 0}, E2BIG);
		door_arg_t arg = {data, 100u << 10, NULL, 0, NULL, 0};
		CHECK(door_call(door, &arg) == 0);
	}
}

/* --- calls within calls --- */

static PROCEDURE(counts_down)
{
	char depth = data[0], below = 0;
	door_arg_t arg = {data, 1, NULL, 0, &below, 1};
	if (depth > 0) {
		data[0]--;
		CHECK(door_call(*(atomic_int *)cookie, &arg) == 0 && arg.data_size == 1);
		CHECK(below == depth - 1);
	}
	door_return(&depth, 1, NULL, 0);
}

static void nested_calls(void)
{
	static atomic_int door;
	char depth = 8, buffer = 0;
	door = door_create(counts_down, &door, 0);
	door_arg_t arg = {&depth, 1, NULL, 0, &buffer, 1};
	for (int i = 0; i < 20; i++) {
		arg.data_ptr = &depth;
		CHECK(door_call(door, &arg) == 0 && buffer == 8);
	}
}

/* --- a number that comes to mean another door --- */

static PROCEDURE(tells_cookie)
{
	char answer = (char)(uintptr_t)cookie;
	door_return(&answer, 1, NULL, 0);
}

static int asks(int door)
{
	char answer = 0;
	door_arg_t arg = {NULL, 0, NULL, 0, &answer, 1};
	return door_call(door, &arg) == 0 ? answer : -1;
}

static void numbers_are_reused(void)
{
	int one = door_create(tells_cookie, (void *)1, 0);
	int two = door_create(tells_cookie, (void *)2, 0);
	int number = dup(one);
	for (int i = 0; i < 50; i++) {
		CHECK(asks(number) == 1);
		CHECK(dup2(two, number) == number);
		CHECK(asks(number) == 2);
		CHECK(dup3(one, number, O_CLOEXEC) == number);
		CHECK(asks(number) == 1);
		CHECK(close(number) == 0);
		CHECK(asks(number) == -1 && errno == EBADF);
		CHECK(dup(two) == number && asks(number) == 2);
		CHECK(dup2(0, number) == number);
		CHECK(asks(number) == -1 && errno == EBADF);
		CHECK(dup2(one, number) == number);
	}
	CHECK(close_range((unsigned)number, (unsigned)number, 0) == 0);
	CHECK(asks(number) == -1 && errno == EBADF);
	CHECK(fcntl(two, F_DUPFD, number) == number && asks(number) == 2);
}

/* Old programs declare the last argument size_t. */
static void wide_count(void *cookie, char *data, size_t bytes, door_desc_t *descs, size_t count)
{
	(void)cookie, (void)data, (void)bytes, (void)descs;
	door_return((char *)&count, sizeof count, NULL, 0);
}

static void count_is_zero_extended(void)
{
	size_t seen = 7;
	void (*old)(void *, char *, size_t, door_desc_t *, size_t) = wide_count;
	door_server_procedure_t *procedure;
	memcpy(&procedure, &old, sizeof procedure);
	int door = door_create(procedure, NULL, 0);
	door_desc_t descs[3];
	for (int i = 0; i < 3; i++)
		descs[i] = (door_desc_t){.d_attributes = DOOR_DESCRIPTOR};
	door_arg_t arg = {"x", 1, descs, 3, (char *)&seen, sizeof seen};
	CHECK(door_call(door, &arg) == 0 && seen == 3);
	arg = (door_arg_t){"x", 1, NULL, 0, (char *)&seen, sizeof seen};
	CHECK(door_call(door, &arg) == 0 && seen == 0);
}

const struct test call_tests[] = {
	{"call-within-the-process", call_within_the_process},
	{"call-errors", call_errors},
	{"call-errors-in-order", call_errors_in_order},
	{"stack-is-checked-before-addresses", stack_is_checked_before_addresses},
	{"arguments-are-private-and-aligned", arguments_are_private_and_aligned},
	{"no-data-is-null", no_data_is_null},
	{"sizes-within-the-process", sizes_within_the_process},
	{"sizes-between-processes", sizes_between_processes},
	{"too-big-for-the-stack", too_big_for_the_stack},
	{"too-big-for-a-small-stack", too_big_for_a_small_stack},
	{"nested-calls", nested_calls},
	{"numbers-are-reused", numbers_are_reused},
	{"count-is-zero-extended", count_is_zero_extended},
	{NULL, NULL},
};
