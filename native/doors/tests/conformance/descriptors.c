/* Descriptors in arguments and results. */
#include "check.h"

#include <sys/eventfd.h>
#include <sys/resource.h>

static PROCEDURE(gets_descriptor)
{
	char text[16];
	CHECK(count == 1 && descs[0].d_attributes == DOOR_DESCRIPTOR);
	int fd = descs[0].d_data.d_desc.d_descriptor;
	CHECK(fcntl(fd, F_GETFD) == 0); /* without CLOEXEC */
	ssize_t got = read(fd, text, sizeof text);
	CHECK(got == 4);
	close(fd);
	door_return(text, (size_t)got, NULL, 0);
}

static void descriptor_in_arguments(void)
{
	int ends[2];
	char buffer[64];
	int door = door_create(gets_descriptor, NULL, 0);
	CHECK(pipe2(ends, O_CLOEXEC) == 0 && write(ends[1], "abcd", 4) == 4);
	door_desc_t desc = {.d_attributes = DOOR_DESCRIPTOR | DOOR_RELEASE};
	desc.d_data.d_desc.d_descriptor = ends[0];
	door_arg_t arg = {NULL, 0, &desc, 1, buffer, sizeof buffer};
	CHECK(door_call(door, &arg) == 0 && memcmp(buffer, "abcd", 4) == 0);
	CHECK(!is_open(ends[0])); /* RELEASE closed it */
	/* what is wrong is refused */
	desc.d_attributes = DOOR_DESCRIPTOR;
	arg = (door_arg_t){NULL, 0, &desc, 1, buffer, sizeof buffer};
	CHECK_FAILS(door_call(door, &arg), EINVAL); /* not open */
	desc.d_attributes = 0;
	desc.d_data.d_desc.d_descriptor = 0;
	CHECK_FAILS(door_call(door, &arg), EINVAL); /* untagged */
	static door_desc_t many[1025];
	arg = (door_arg_t){NULL, 0, many, 1025, buffer, sizeof buffer};
	CHECK_FAILS(door_call(door, &arg), E2BIG);
}

/* --- doors among them --- */

static int inner;

static PROCEDURE(returns_door)
{
	door_desc_t desc = {.d_attributes = DOOR_DESCRIPTOR};
	desc.d_data.d_desc.d_descriptor = *(int *)cookie;
	door_return("xyz", 3, &desc, 1);
}

static int make_outer(void)
{
	inner = door_create(echo, NULL, DOOR_REFUSE_DESC | DOOR_NO_CANCEL);
	return door_create(returns_door, &inner, 0);
}

static void door_in_results(void)
{
	_Alignas(16) char buffer[128];
	char text[16];
	struct remote far = remote(make_outer);
	door_arg_t arg = {NULL, 0, NULL, 0, buffer, sizeof buffer};
	CHECK(door_call(far.door, &arg) == 0);
	CHECK(arg.data_size == 3 && memcmp(arg.data_ptr, "xyz", 3) == 0 && arg.desc_num == 1);
	/* descriptors come after the data, at a multiple of their size */
	CHECK((char *)arg.desc_ptr == buffer + sizeof(door_desc_t));
	door_desc_t got = arg.desc_ptr[0];
	CHECK(got.d_attributes == (DOOR_DESCRIPTOR | DOOR_REFUSE_DESC | DOOR_NO_CANCEL));
	CHECK(got.d_data.d_desc.d_id != 0);
	int passed = got.d_data.d_desc.d_descriptor;
	CHECK(fcntl(passed, F_GETFD) == 0);
	door_info_t facts;
	CHECK(door_info(passed, &facts) == 0);
	CHECK(facts.di_uniquifier == got.d_data.d_desc.d_id && facts.di_target == far.server);
	arg = (door_arg_t){"through", 8, NULL, 0, text, sizeof text};
	CHECK(door_call(passed, &arg) == 0 && strcmp(text, "through") == 0);
	remote_end(&far);
}

/* Returns what the first descriptor was described as. */
static PROCEDURE(describes)
{
	door_desc_t seen = descs[0];
	close(seen.d_data.d_desc.d_descriptor);
	door_return((char *)&seen, sizeof seen, NULL, 0);
}

static int make_describes(void)
{
	return door_create(describes, NULL, 0);
}

static door_desc_t described(int through, int fd)
{
	door_desc_t desc = {.d_attributes = DOOR_DESCRIPTOR}, seen;
	desc.d_data.d_desc.d_descriptor = fd;
	door_arg_t arg = {NULL, 0, &desc, 1, (char *)&seen, sizeof seen};
	CHECK(door_call(through, &arg) == 0 && arg.data_size == sizeof seen);
	return seen;
}

static void doors_are_described(void)
{
	struct remote far = remote(make_describes);
	int own = door_create(describes, NULL, DOOR_NO_CANCEL);
	door_info_t facts;
	door_desc_t seen = described(far.door, own); /* ours, as another process gets it */
	CHECK(door_info(own, &facts) == 0);
	CHECK(seen.d_attributes == (DOOR_DESCRIPTOR | DOOR_NO_CANCEL));
	CHECK(seen.d_data.d_desc.d_id == facts.di_uniquifier);
	seen = described(own, own); /* ours, as we get it back */
	CHECK(seen.d_attributes == (DOOR_DESCRIPTOR | DOOR_NO_CANCEL | DOOR_LOCAL));
	CHECK(seen.d_data.d_desc.d_id == facts.di_uniquifier);
	seen = described(far.door, far.door); /* theirs, as they get it back */
	CHECK(seen.d_attributes == (DOOR_DESCRIPTOR | DOOR_LOCAL));
	seen = described(own, far.door); /* theirs, as we get it */
	CHECK(seen.d_attributes == DOOR_DESCRIPTOR);
	CHECK(door_info(far.door, &facts) == 0);
	CHECK(seen.d_data.d_desc.d_id == facts.di_uniquifier);
	CHECK(described(own, 0).d_attributes == DOOR_DESCRIPTOR);
	remote_end(&far);
}

/* An attached file that has been opened is the door, used or not. */
static void unused_names_are_doors(void)
{
	door_info_t facts;
	struct remote far = remote(make_describes);
	int own = door_create(describes, NULL, 0), unused = open(far.name, O_RDWR);
	CHECK(door_info(far.door, &facts) == 0);
	door_desc_t seen = described(own, unused);
	CHECK(seen.d_attributes == DOOR_DESCRIPTOR);
	CHECK(seen.d_data.d_desc.d_id == facts.di_uniquifier);
	remote_end(&far);
}

/* --- many --- */

/* Checks that the descriptors are counters of 1, 2, ..., and returns them. */
static PROCEDURE(returns_counters)
{
	static door_desc_t back[1024];
	for (uint_t i = 0; i < count; i++) {
		eventfd_t value;
		int fd = descs[i].d_data.d_desc.d_descriptor;
		CHECK(eventfd_read(fd, &value) == 0 && value == i + 1);
		CHECK(eventfd_write(fd, value + 1000) == 0);
		back[i] = (door_desc_t){.d_attributes = DOOR_DESCRIPTOR | DOOR_RELEASE};
		back[i].d_data.d_desc.d_descriptor = fd;
	}
	door_return(data, bytes, back, count);
}

static int make_counters(void)
{
	return door_create(returns_counters, NULL, 0);
}

static void check_counters(const door_arg_t *arg, uint_t count)
{
	CHECK(arg->desc_num == count);
	for (uint_t i = 0; i < count; i++) {
		eventfd_t value;
		int fd = arg->desc_ptr[i].d_data.d_desc.d_descriptor;
		CHECK(eventfd_read(fd, &value) == 0 && value == i + 1001);
		close(fd);
	}
}

static void pass_counters(int door, uint_t count)
{
	static door_desc_t descs[1024];
	static char buffer[32768];
	for (uint_t i = 0; i < count; i++) {
		int fd = eventfd(i + 1, EFD_NONBLOCK);
		CHECK(fd >= 0);
		descs[i] = (door_desc_t){.d_attributes = DOOR_DESCRIPTOR | DOOR_RELEASE};
		descs[i].d_data.d_desc.d_descriptor = fd;
	}
	door_arg_t arg = {"with", 5, descs, count, buffer, sizeof buffer};
	CHECK(door_call(door, &arg) == 0);
	CHECK(arg.data_size == 5 && strcmp(arg.data_ptr, "with") == 0);
	check_counters(&arg, count);
}

static void need_descriptors(rlim_t count)
{
	struct rlimit limit;
	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < count)
		skip("the hard limit on open descriptors is too low");
	if (limit.rlim_cur < count)
		limit.rlim_cur = count;
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* More than one message of the kernel's carries (253). */
static void many_descriptors(void)
{
	static const uint_t counts[] = {1, 252, 253, 254, 300, 506, 507};
	need_descriptors(2048);
	struct remote far = remote(make_counters);
	pass_counters(far.door, 2);
	int before = open_descriptors();
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		pass_counters(far.door, counts[i]);
	CHECK(open_descriptors() == before);
	remote_end(&far);
}

static void most_descriptors(void)
{
	need_descriptors(8192);
	struct remote far = remote(make_counters);
	pass_counters(far.door, 1024);
	pass_counters(far.door, 1024);
	pass_counters(far.door, 0);
	remote_end(&far);
}

/* --- the server's table is full --- */

static struct rlimit server_limit;
static atomic_int ran;

/* 'f' fills the table but for two places, 'e' empties it, 'c' counts. */
static PROCEDURE(limits_itself)
{
	int answer[2];
	struct rlimit full = server_limit;
	ran++;
	for (uint_t i = 0; i < count; i++)
		close(descs[i].d_data.d_desc.d_descriptor);
	answer[0] = open_descriptors();
	answer[1] = ran;
	if (bytes == 1 && data[0] == 'f') {
		int lowest = dup(0);
		CHECK(lowest >= 0 && close(lowest) == 0);
		full.rlim_cur = (rlim_t)lowest + 2;
		CHECK(setrlimit(RLIMIT_NOFILE, &full) == 0);
	} else if (bytes == 1 && data[0] == 'e') {
		CHECK(setrlimit(RLIMIT_NOFILE, &server_limit) == 0);
		answer[0] = open_descriptors();
	}
	door_return((char *)answer, sizeof answer, NULL, 0);
}

static int make_limits_itself(void)
{
	CHECK(getrlimit(RLIMIT_NOFILE, &server_limit) == 0);
	return door_create(limits_itself, NULL, 0);
}

static void command(int door, char what, int answer[2])
{
	door_arg_t arg = {&what, 1, NULL, 0, (char *)answer, 2 * sizeof(int)};
	CHECK(door_call(door, &arg) == 0 && arg.data_size == 2 * sizeof(int));
}

static void server_table_is_full(void)
{
	int before[2], after[2];
	door_desc_t descs[5];
	struct remote far = remote(make_limits_itself);
	command(far.door, 'c', before);
	command(far.door, 'f', after);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 5; i++) {
			descs[i] = (door_desc_t){.d_attributes = DOOR_DESCRIPTOR | DOOR_RELEASE};
			descs[i].d_data.d_desc.d_descriptor = dup(0);
		}
		door_arg_t arg = {NULL, 0, descs, 5, NULL, 0};
		CHECK_FAILS(door_call(far.door, &arg), EMFILE);
		for (int i = 0; i < 5; i++) /* released all the same */
			CHECK(!is_open(descs[i].d_data.d_desc.d_descriptor));
	}
	command(far.door, 'e', after);
	CHECK(after[0] == before[0] && after[1] == before[1] + 2); /* the procedure didn't run */
	descs[0] = (door_desc_t){.d_attributes = DOOR_DESCRIPTOR};
	door_arg_t arg = {"c", 1, descs, 1, (char *)after, sizeof after};
	CHECK(door_call(far.door, &arg) == 0 && after[0] == before[0]);
	remote_end(&far);
}

const struct test descriptor_tests[] = {
	{"descriptor-in-arguments", descriptor_in_arguments},
	{"door-in-results", door_in_results},
	{"doors-are-described", doors_are_described},
	{"unused-names-are-doors", unused_names_are_doors},
	{"many-descriptors", many_descriptors},
	{"most-descriptors", most_descriptors},
	{"server-table-is-full", server_table_is_full},
	{NULL, NULL},
};
