/* door_create(): errors, the descriptor, the creation function; the header's layout. */
#include "check.h"

#include <stddef.h>
#include <sys/resource.h>

static void create_errors(void)
{
	CHECK_FAILS(door_create(echo, NULL, 0x8000), EINVAL);
	CHECK_FAILS(door_create(echo, NULL, DOOR_LOCAL), EINVAL);
	CHECK_FAILS(door_create(echo, NULL, DOOR_REVOKED), EINVAL);
	CHECK_FAILS(door_create(echo, NULL, DOOR_IS_UNREF), EINVAL);
	CHECK_FAILS(door_create(echo, NULL, DOOR_DEPLETION_CB), EINVAL);
	CHECK_FAILS(door_create(echo, NULL, DOOR_DESCRIPTOR), EINVAL);
	CHECK_FAILS(door_create(echo, NULL, DOOR_UNREF | DOOR_UNREF_MULTI), EINVAL);
	CHECK_FAILS(door_create(echo, NULL, DOOR_NO_DEPLETION_CB), EINVAL);
	CHECK_FAILS(door_create(echo, NULL, DOOR_PRIVCREATE), EINVAL);
}

static void create_gives_lowest_cloexec(void)
{
	int expected = dup(0);
	close(expected);
	int door = door_create(echo, NULL, 0);
	CHECK(door == expected);
	CHECK(fcntl(door, F_GETFD) == FD_CLOEXEC);
	int second = door_create(echo, NULL, 0);
	CHECK(second == expected + 1);
}

static void create_when_the_table_is_full(void)
{
	struct rlimit old, full;
	int first = door_create(echo, NULL, 0);
	CHECK(first >= 0);
	int before = open_descriptors();
	CHECK(getrlimit(RLIMIT_NOFILE, &old) == 0);
	full = (struct rlimit){.rlim_cur = (rlim_t)first + 1, .rlim_max = old.rlim_max};
	CHECK(setrlimit(RLIMIT_NOFILE, &full) == 0);
	for (int i = 0; i < 10; i++) {
		CHECK_FAILS(door_create(echo, NULL, 0), EMFILE);
		CHECK_FAILS(door_create(echo, NULL, DOOR_PRIVATE), EMFILE);
	}
	CHECK(setrlimit(RLIMIT_NOFILE, &old) == 0);
	CHECK(open_descriptors() == before);
	CHECK(door_create(nothing, NULL, 0) == first + 1);
	CHECK(door_call(first + 1, NULL) == 0);
}

static atomic_int created_null, created_info;
static door_info_t *seen_info;

static void *plain_thread(void *unused)
{
	(void)unused;
	door_return(NULL, 0, NULL, 0);
	return NULL;
}

static void counting_create(door_info_t *info)
{
	pthread_t thread;
	if (info == NULL) {
		created_null++;
		CHECK(pthread_create(&thread, NULL, plain_thread, NULL) == 0);
	} else {
		created_info++;
		seen_info = info;
	}
}

static void creation_function_runs_first(void)
{
	door_server_func_t *old = door_server_create(counting_create);
	CHECK(old != NULL);
	int first = door_create(echo, NULL, 0);
	CHECK(first >= 0 && created_null == 1 && created_info == 0);
	CHECK(door_create(echo, NULL, 0) >= 0 && created_null == 1);
	int private = door_create(echo, (void *)5, DOOR_PRIVATE);
	CHECK(private >= 0 && created_info == 1);
	CHECK(seen_info->di_data == 5 && seen_info->di_target == getpid());
	CHECK(seen_info->di_attributes & DOOR_PRIVATE);
	CHECK(seen_info->di_proc == (door_ptr_t)(uintptr_t)echo);
	CHECK(door_create(echo, NULL, DOOR_PRIVATE) >= 0 && created_info == 2);
	CHECK(door_server_create(old) == counting_create);
}

/* A child has no threads of its parent's: its first door runs the function again,
 * which it inherits. */
static void creation_function_is_inherited(void)
{
	if (THREAD_SANITIZED)
		skip("ThreadSanitizer takes a child's thread for one that its parent has");
	door_server_create(counting_create);
	int door = door_create(nothing, NULL, 0);
	CHECK(door >= 0 && created_null == 1);
	pid_t child = settled_fork();
	if (child == 0) {
		int own = door_create(nothing, NULL, 0);
		CHECK(own >= 0 && created_null == 2);
		CHECK(door_create(nothing, NULL, 0) >= 0 && created_null == 2);
		CHECK(door_call(own, NULL) == 0);
		CHECK(door_server_create(no_threads) == counting_create);
		_exit(0);
	}
	join_child(child);
	CHECK(door_server_create(no_threads) == counting_create);
}

static void layout(void)
{
#if defined(__x86_64__)
	CHECK(sizeof(door_desc_t) == 24 && sizeof(door_info_t) == 48);
	CHECK(offsetof(door_desc_t, d_data.d_desc.d_descriptor) == 4);
	CHECK(offsetof(door_desc_t, d_data.d_desc.d_id) == 8);
#endif
	CHECK(DOOR_UNREF == 1 && DOOR_PRIVATE == 2 && DOOR_LOCAL == 4 && DOOR_REVOKED == 8);
	CHECK(DOOR_UNREF_MULTI == 0x10 && DOOR_IS_UNREF == 0x20 && DOOR_REFUSE_DESC == 0x40);
	CHECK(DOOR_NO_CANCEL == 0x80 && DOOR_NO_DEPLETION_CB == 0x100);
	CHECK(DOOR_PRIVCREATE == 0x200 && DOOR_DEPLETION_CB == 0x400);
	CHECK(DOOR_DESCRIPTOR == 0x10000 && DOOR_RELEASE == 0x40000);
	CHECK(DOOR_UNREF_DATA == (void *)1 && DOOR_QUERY == -2);
	CHECK(DOOR_PARAM_DESC_MAX == 1 && DOOR_PARAM_DATA_MAX == 2 && DOOR_PARAM_DATA_MIN == 3);
	CHECK(sizeof(uint_t) == 4 && sizeof(door_id_t) == 8 && sizeof(door_ptr_t) == 8);
}

const struct test create_tests[] = {
	{"create-errors", create_errors},
	{"create-gives-lowest-cloexec", create_gives_lowest_cloexec},
	{"create-when-the-table-is-full", create_when_the_table_is_full},
	{"creation-function-runs-first", creation_function_runs_first},
	{"creation-function-is-inherited", creation_function_is_inherited},
	{"layout", layout},
	{NULL, NULL},
};
