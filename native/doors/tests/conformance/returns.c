/* door_return()'s errors, and door_reply(). */
#include "check.h"

static PROCEDURE(returns_wrongly)
{
	static door_desc_t many[1025];
	door_desc_t desc = {.d_attributes = DOOR_DESCRIPTOR};
	CHECK_FAILS(door_return("x", 1, many, 1025), E2BIG);
	CHECK_FAILS(door_return((char *)16, 1, NULL, 0), EFAULT);
	CHECK_FAILS(door_return(NULL, 1, NULL, 0), EFAULT);
	CHECK_FAILS(door_return("x", 1, (door_desc_t *)16, 1), EFAULT);
	desc.d_data.d_desc.d_descriptor = 9999;
	CHECK_FAILS(door_return("x", 1, &desc, 1), EINVAL);
	desc = (door_desc_t){.d_attributes = 0};
	CHECK_FAILS(door_return("x", 1, &desc, 1), EINVAL);
	door_return("well", 4, NULL, 0);
}

/* What fails leaves the call open. */
static void returns_are_retried(void)
{
	char buffer[64];
	int door = door_create(returns_wrongly, NULL, 0);
	for (int i = 0; i < 20; i++) {
		door_arg_t arg = {NULL, 0, NULL, 0, buffer, sizeof buffer};
		CHECK(door_call(door, &arg) == 0);
		CHECK(arg.data_size == 4 && memcmp(buffer, "well", 4) == 0 && arg.desc_num == 0);
	}
}

/* Descriptors of an attempt that failed don't appear in the one that succeeds. */
static PROCEDURE(returns_second_descriptor)
{
	door_desc_t desc[2] = {{.d_attributes = DOOR_DESCRIPTOR}, {.d_attributes = 0}};
	CHECK_FAILS(door_return("x", 1, desc, 2), EINVAL);
	desc[0].d_data.d_desc.d_descriptor = *(int *)cookie;
	door_return("yy", 2, desc, 1);
}

static void failed_returns_leave_nothing(void)
{
	int ends[2];
	_Alignas(8) char buffer[64];
	CHECK(pipe(ends) == 0);
	int door = door_create(returns_second_descriptor, &ends[1], 0);
	door_arg_t arg = {NULL, 0, NULL, 0, buffer, sizeof buffer};
	CHECK(door_call(door, &arg) == 0 && arg.desc_num == 1 && arg.data_size == 2);
	CHECK(write(arg.desc_ptr->d_data.d_desc.d_descriptor, "!", 1) == 1);
	CHECK(read(ends[0], buffer, 1) == 1 && buffer[0] == '!');
}

/* --- door_reply --- */

static atomic_int after_reply;

static PROCEDURE(replies)
{
	char *reply = malloc(6);
	memcpy(reply, "early", 6);
	CHECK(door_reply(reply, 6, NULL, 0) == 0);
	free(reply);
	CHECK_FAILS(door_reply("again", 6, NULL, 0), EALREADY);
	after_reply++;
	door_return("ignored", 8, NULL, 0);
}

static void reply(void)
{
	char buffer[16];
	int door = door_create(replies, NULL, 0);
	CHECK_FAILS(door_reply("x", 1, NULL, 0), EINVAL);
	for (int i = 1; i <= 200; i++) {
		door_arg_t arg = {NULL, 0, NULL, 0, buffer, sizeof buffer};
		CHECK(door_call(door, &arg) == 0 && strcmp(buffer, "early") == 0);
	}
	WAIT_FOR(after_reply == 200);
}

static PROCEDURE(replies_and_lingers)
{
	static door_desc_t many[1025];
	door_desc_t desc = {.d_attributes = DOOR_DESCRIPTOR};
	CHECK_FAILS(door_reply("x", 1, many, 1025), E2BIG);
	CHECK_FAILS(door_reply((char *)16, 1, NULL, 0), EFAULT);
	CHECK(door_reply("one", 4, &desc, 1) == 0);
	usleep(20000);
	after_reply++;
	/* what it says is ignored, wrong as it may be */
	door_return((char *)16, 7, NULL, 0);
}

/* The client goes on while the procedure still runs; its next call waits for
 * the procedure's end or finds another thread, and gets its own answer. */
static void reply_returns_control(void)
{
	_Alignas(8) char buffer[64];
	int door = door_create(replies_and_lingers, NULL, 0);
	int before = 0;
	for (int i = 0; i < 20; i++) {
		door_arg_t arg = {NULL, 0, NULL, 0, buffer, sizeof buffer};
		CHECK(door_call(door, &arg) == 0);
		CHECK(arg.data_size == 4 && arg.desc_num == 1 && strcmp(buffer, "one") == 0);
		CHECK(close(arg.desc_ptr->d_data.d_desc.d_descriptor) == 0);
		if (i == 5)
			before = open_descriptors();
	}
	WAIT_FOR(after_reply == 20);
	CHECK(open_descriptors() == before);
}

static PROCEDURE(replies_and_falls_off)
{
	CHECK(door_reply("said", 5, NULL, 0) == 0);
}

static void reply_without_return(void)
{
	char buffer[16];
	int door = door_create(replies_and_falls_off, NULL, 0);
	for (int i = 0; i < 20; i++) {
		door_arg_t arg = {NULL, 0, NULL, 0, buffer, sizeof buffer};
		CHECK(door_call(door, &arg) == 0 && strcmp(buffer, "said") == 0);
	}
}

const struct test return_tests[] = {
	{"returns-are-retried", returns_are_retried},
	{"failed-returns-leave-nothing", failed_returns_leave_nothing},
	{"reply", reply},
	{"reply-returns-control", reply_returns_control},
	{"reply-without-return", reply_without_return},
	{NULL, NULL},
};
