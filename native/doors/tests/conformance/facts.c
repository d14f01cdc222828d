/* door_getparam(), door_setparam(), door_info(), door_cred(). */
#include "check.h"

static void parameters(void)
{
	size_t value = 0;
	char data[32] = "";
	int door = door_create(nothing, NULL, 0),
	    refuse = door_create(nothing, NULL, DOOR_REFUSE_DESC);
	CHECK(door_getparam(door, DOOR_PARAM_DATA_MAX, &value) == 0 && value == SIZE_MAX);
	CHECK(door_getparam(door, DOOR_PARAM_DATA_MIN, &value) == 0 && value == 0);
	CHECK(door_getparam(door, DOOR_PARAM_DESC_MAX, &value) == 0 && value == INT32_MAX);
	CHECK(door_getparam(refuse, DOOR_PARAM_DESC_MAX, &value) == 0 && value == 0);
	CHECK_FAILS(door_getparam(door, 77, &value), EINVAL);
	CHECK_FAILS(door_getparam(0, DOOR_PARAM_DATA_MAX, &value), EBADF);
	CHECK_FAILS(door_getparam(-1, 77, (size_t *)8), EBADF);
	CHECK_FAILS(door_getparam(door, DOOR_PARAM_DATA_MAX, (size_t *)8), EFAULT);
	CHECK_FAILS(door_setparam(door, 77, 1), EINVAL);
	CHECK_FAILS(door_setparam(door, 0, 1), EINVAL);
	CHECK_FAILS(door_setparam(0, DOOR_PARAM_DATA_MAX, 1), EBADF);
	CHECK_FAILS(door_setparam(refuse, DOOR_PARAM_DESC_MAX, 1), ENOTSUP);
	CHECK(door_setparam(refuse, DOOR_PARAM_DESC_MAX, 0) == 0);
	CHECK_FAILS(door_setparam(door, DOOR_PARAM_DESC_MAX, SIZE_MAX), ERANGE);
	CHECK(door_setparam(door, DOOR_PARAM_DATA_MIN, 4) == 0);
	CHECK_FAILS(door_setparam(door, DOOR_PARAM_DATA_MAX, 3), EINVAL);
	CHECK(door_setparam(door, DOOR_PARAM_DATA_MAX, 16) == 0);
	CHECK_FAILS(door_setparam(door, DOOR_PARAM_DATA_MIN, 17), EINVAL);
	door_arg_t arg = {data, 3, NULL, 0, NULL, 0};
	CHECK_FAILS(door_call(door, &arg), ENOBUFS);
	CHECK_FAILS(door_call(door, NULL), ENOBUFS);
	arg.data_size = 17;
	CHECK_FAILS(door_call(door, &arg), ENOBUFS);
	arg.data_size = 16;
	CHECK(door_call(door, &arg) == 0);
	door_desc_t desc = {.d_attributes = DOOR_DESCRIPTOR};
	arg = (door_arg_t){NULL, 0, &desc, 1, NULL, 0};
	CHECK_FAILS(door_call(refuse, &arg), ENOTSUP);
	CHECK(door_setparam(door, DOOR_PARAM_DATA_MIN, 0) == 0);
	CHECK(door_setparam(door, DOOR_PARAM_DESC_MAX, 0) == 0);
	CHECK_FAILS(door_call(door, &arg), ENFILE);
}

static int make_limited(void)
{
	int door = door_create(nothing, NULL, 0);
	CHECK(door_setparam(door, DOOR_PARAM_DATA_MAX, 10) == 0);
	return door;
}

static void parameters_of_another_process(void)
{
	size_t value = 0;
	char data[32] = "";
	struct remote far = remote(make_limited);
	/* the first use of an attached file, too */
	CHECK(door_getparam(far.door, DOOR_PARAM_DATA_MAX, &value) == 0 && value == 10);
	CHECK_FAILS(door_setparam(far.door, DOOR_PARAM_DATA_MAX, 20), EPERM);
	int fresh = open(far.name, O_RDWR);
	CHECK_FAILS(door_setparam(fresh, DOOR_PARAM_DATA_MAX, 20), EPERM);
	door_arg_t arg = {data, 11, NULL, 0, NULL, 0};
	CHECK_FAILS(door_call(far.door, &arg), ENOBUFS);
	arg.data_size = 10;
	CHECK(door_call(far.door, &arg) == 0);
	remote_end(&far);
}

/* --- door_info --- */

static void info(void)
{
	door_info_t here;
	int door = door_create(echo, (void *)99, DOOR_REFUSE_DESC);
	CHECK(door_info(door, &here) == 0);
	CHECK(here.di_target == getpid() && here.di_data == 99);
	CHECK(here.di_proc == (door_ptr_t)(uintptr_t)echo);
	CHECK(here.di_attributes == (DOOR_REFUSE_DESC | DOOR_LOCAL));
	door_info_t other;
	CHECK(door_info(door_create(echo, NULL, 0), &other) == 0);
	CHECK(other.di_uniquifier != here.di_uniquifier);
	CHECK(door_info(dup(door), &other) == 0 && memcmp(&other, &here, sizeof here) == 0);
	CHECK_FAILS(door_info(0, &here), EBADF);
	CHECK_FAILS(door_info(-1, &here), EBADF);
	CHECK_FAILS(door_info(DOOR_QUERY, &here), EBADF);
	CHECK_FAILS(door_info(-1, (door_info_t *)8), EBADF);
	CHECK_FAILS(door_info(door, (door_info_t *)8), EFAULT);
}

static int make_private(void)
{
	return door_create(echo, (void *)0x1234567890, DOOR_PRIVATE | DOOR_NO_CANCEL);
}

static void info_of_another_process(void)
{
	door_info_t facts, again;
	struct remote far = remote(make_private);
	CHECK(door_info(far.door, &facts) == 0);
	CHECK(facts.di_target == far.server && facts.di_data == 0x1234567890);
	CHECK(facts.di_proc == (door_ptr_t)(uintptr_t)echo); /* a fork has the same addresses */
	CHECK(facts.di_attributes == (DOOR_PRIVATE | DOOR_NO_CANCEL));
	int second = open(far.name, O_RDONLY);
	CHECK(door_info(second, &again) == 0);
	CHECK(again.di_uniquifier == facts.di_uniquifier);
	kill(far.server, SIGKILL);
	WAIT_FOR(door_info(far.door, &facts) == 0 && facts.di_target == -1);
	CHECK(facts.di_attributes & DOOR_REVOKED);
	CHECK(facts.di_uniquifier == again.di_uniquifier);
	remote_end(&far);
}

static void info_after_revocation(void)
{
	door_info_t facts, before;
	int door = door_create(echo, NULL, 0), copy = dup(door);
	CHECK(door_info(copy, &before) == 0);
	CHECK(door_revoke(door) == 0);
	CHECK_FAILS(door_info(door, &facts), EBADF);
	CHECK(door_info(copy, &facts) == 0);
	CHECK(facts.di_attributes & DOOR_REVOKED);
	CHECK(facts.di_uniquifier == before.di_uniquifier);
	CHECK(facts.di_target == getpid()); /* -1 only once the server has exited */
}

/* --- the caller --- */

static PROCEDURE(tells_caller)
{
	door_cred_t cred;
	CHECK_FAILS(door_cred((door_cred_t *)8), EFAULT);
	CHECK(door_cred(&cred) == 0);
	door_return((char *)&cred, sizeof cred, NULL, 0);
}

static int make_caller(void)
{
	return door_create(tells_caller, NULL, 0);
}

static door_cred_t seen_as(int door)
{
	door_cred_t cred;
	door_arg_t arg = {NULL, 0, NULL, 0, (char *)&cred, sizeof cred};
	CHECK(door_call(door, &arg) == 0 && arg.data_size == sizeof cred);
	return cred;
}

static void credentials(void)
{
	door_cred_t cred;
	CHECK_FAILS(door_cred(&cred), EINVAL);
	struct remote far = remote(make_caller);
	cred = seen_as(far.door);
	CHECK(cred.dc_pid == getpid() && cred.dc_euid == geteuid() && cred.dc_ruid == getuid());
	CHECK(cred.dc_egid == getegid() && cred.dc_rgid == getgid());
	CHECK(seen_as(door_create(tells_caller, NULL, 0)).dc_pid == getpid());
	pid_t child = settled_fork();
	if (child == 0) {
		CHECK(seen_as(far.door).dc_pid == getpid());
		_exit(0);
	}
	join_child(child);
	remote_end(&far);
}

/* Ids are those at the time of the call, not at the session's start. */
static void changes_ids(int door)
{
	CHECK(seen_as(door).dc_euid == 0);
	CHECK(setegid(65534) == 0 && seteuid(65534) == 0);
	door_cred_t cred = seen_as(door);
	CHECK(cred.dc_euid == 65534 && cred.dc_ruid == 0);
	CHECK(cred.dc_egid == 65534 && cred.dc_rgid == 0);
	CHECK(seteuid(0) == 0 && setegid(0) == 0);
	CHECK(seen_as(door).dc_euid == 0);
	CHECK(setgid(65534) == 0 && setuid(65534) == 0);
	cred = seen_as(door);
	CHECK(cred.dc_euid == 65534 && cred.dc_ruid == 65534);
	CHECK(cred.dc_egid == 65534 && cred.dc_rgid == 65534);
}

static void credentials_change(void)
{
	if (geteuid() != 0)
		skip("only root can change its ids");
	struct remote far = remote(make_caller);
	pid_t child = settled_fork();
	if (child == 0) {
		changes_ids(far.door);
		_exit(0);
	}
	join_child(child);
	remote_end(&far);
}

const struct test fact_tests[] = {
	{"parameters", parameters},
	{"parameters-of-another-process", parameters_of_another_process},
	{"info", info},
	{"info-of-another-process", info_of_another_process},
	{"info-after-revocation", info_after_revocation},
	{"credentials", credentials},
	{"credentials-change", credentials_change},
	{NULL, NULL},
};
