#include "unref.h"

/* --- what lets it fire --- */

static void duplicate_is_closed(void)
{
	unref_begin(DOOR_UNREF);
	expect_none();
	do_it('d');
	expect_none();
	do_it('x');
	expect(1);
	do_it('d'); /* once only */
	do_it('x');
	expect(1);
	remote_end(&unref_server);
}

static void duplicate_is_closed_again(void)
{
	unref_begin(DOOR_UNREF_MULTI);
	for (int i = 1; i <= 4; i++) {
		do_it('d');
		do_it('x');
		expect(i);
	}
	remote_end(&unref_server);
}

static void passed_copy_is_closed(void)
{
	unref_begin(DOOR_UNREF_MULTI);
	for (int i = 1; i <= 3; i++) {
		int passed = get_copy(), second = dup(passed);
		CHECK(door_call(passed, NULL) == 0);
		close(passed);
		usleep(QUIET_US);
		CHECK(notes->notified == i - 1);
		close(second);
		expect(i);
	}
	remote_end(&unref_server);
}

static void holder_dies(void)
{
	unref_begin(DOOR_UNREF_MULTI);
	for (int i = 1; i <= 3; i++) {
		pid_t holder = settled_fork();
		if (holder == 0) {
			CHECK(door_call(get_copy(), NULL) == 0);
			notes->go = i;
			for (;;)
				pause();
		}
		WAIT_FOR(notes->go == i);
		usleep(QUIET_US);
		CHECK(notes->notified == i - 1);
		end(holder);
		expect(i);
	}
	remote_end(&unref_server);
}

static void copy_is_inherited(void)
{
	unref_begin(DOOR_UNREF);
	int passed = get_copy();
	pid_t holder = settled_fork();
	if (holder == 0) {
		while (!notes->go)
			usleep(1000);
		_exit(0);
	}
	close(passed);
	expect_none();
	notes->go = 1;
	join_child(holder);
	expect(1);
	remote_end(&unref_server);
}

static void servers_child_ends(void)
{
	unref_begin(DOOR_UNREF_MULTI);
	for (int i = 1; i <= 3; i++) {
		do_it('f');
		usleep(QUIET_US);
		CHECK(notes->notified == i - 1);
		do_it('k');
		expect(i);
	}
	remote_end(&unref_server);
}

static void servers_child_execs(void)
{
	unref_begin(DOOR_UNREF);
	do_it('e');
	expect(1); /* its copy had FD_CLOEXEC */
	do_it('k');
	remote_end(&unref_server);
}

static void attach(void)
{
	strcpy(notes->name, fresh_file());
	do_it('a');
}

static void name_is_detached(void)
{
	unref_begin(DOOR_UNREF_MULTI);
	attach();
	expect_none();
	do_it('t');
	expect(1);
	do_it('a');
	do_it('t');
	expect(2);
	unlink(notes->name);
	remote_end(&unref_server);
}

static void own_descriptor_is_closed(void)
{
	unref_begin(DOOR_UNREF);
	attach();
	expect_none();
	do_it('c');
	expect(1);
	int door = open(notes->name, O_RDWR);
	CHECK(door_call(door, NULL) == 0); /* the name leads to it still */
	unlink(notes->name);
	remote_end(&unref_server);
}

/* --- what doesn't --- */

static void opens_by_path_do_not_count(void)
{
	unref_begin(DOOR_UNREF_MULTI);
	attach();
	for (int i = 0; i < 5; i++) {
		int door = open(notes->name, O_RDWR);
		CHECK(door_call(door, NULL) == 0);
		close(door);
		usleep(20000);
	}
	expect_none();
	CHECK(notes->entered == 5);
	unlink(notes->name);
	remote_end(&unref_server);
}

static void never_referenced(void)
{
	unref_begin(DOOR_UNREF);
	CHECK(do_it('?') & DOOR_IS_UNREF); /* but nobody is told */
	expect_none();
	remote_end(&unref_server);
}

static void not_asked_for(void)
{
	unref_begin(0);
	do_it('d');
	do_it('x');
	close(get_copy());
	expect_none();
	CHECK((do_it('?') & (DOOR_IS_UNREF | DOOR_UNREF)) == 0);
	remote_end(&unref_server);
}

static void not_after_revocation(void)
{
	unref_begin(DOOR_UNREF);
	int passed = get_copy();
	do_it('r');
	close(passed);
	expect_none();
	remote_end(&unref_server);
}

/* --- when --- */

static void *calls_waiting(void *door)
{
	door_arg_t arg = {"w", 1, NULL, 0, NULL, 0};
	CHECK(door_call(*(int *)door, &arg) == 0);
	return NULL;
}

static void deferred_while_calls_are_active(void)
{
	pthread_t thread;
	unref_begin(DOOR_UNREF);
	int passed = get_copy();
	CHECK(pthread_create(&thread, NULL, calls_waiting, &passed) == 0);
	WAIT_FOR(notes->entered == 1);
	close(passed);
	expect_none();
	notes->go = 1;
	CHECK(pthread_join(thread, NULL) == 0);
	expect(1);
	remote_end(&unref_server);
}

/* --- what door_info() says of it --- */

static void attributes_tell(void)
{
	door_info_t facts;
	unref_begin(DOOR_UNREF_MULTI);
	CHECK((do_it('?') & (DOOR_UNREF_MULTI | DOOR_UNREF)) == DOOR_UNREF_MULTI);
	CHECK(do_it('?') & DOOR_IS_UNREF);
	CHECK((do_it('d') & DOOR_IS_UNREF) == 0);
	do_it('x');
	WAIT_FOR(do_it('?') & DOOR_IS_UNREF);
	expect(1);
	CHECK(notes->attributes & DOOR_IS_UNREF);
	CHECK(do_it('?') & DOOR_UNREF_MULTI); /* there will be more */
	int passed = get_copy();
	CHECK(door_info(passed, &facts) == 0);
	CHECK((facts.di_attributes & (DOOR_UNREF_MULTI | DOOR_IS_UNREF)) == DOOR_UNREF_MULTI);
	remote_end(&unref_server);
}

static void attribute_is_used_up(void)
{
	door_info_t facts;
	unref_begin(DOOR_UNREF);
	int passed = get_copy();
	CHECK(door_info(passed, &facts) == 0 && facts.di_attributes == DOOR_UNREF);
	CHECK(do_it('?') & DOOR_UNREF);
	close(passed);
	expect(1);
	CHECK((notes->attributes & DOOR_UNREF) == 0);
	CHECK((do_it('?') & DOOR_UNREF) == 0);
	passed = get_copy();
	CHECK(door_info(passed, &facts) == 0 && facts.di_attributes == 0);
	remote_end(&unref_server);
}

const struct test unref_tests[] = {
	{"unref-duplicate-is-closed", duplicate_is_closed},
	{"unref-duplicate-is-closed-again", duplicate_is_closed_again},
	{"unref-passed-copy-is-closed", passed_copy_is_closed},
	{"unref-holder-dies", holder_dies},
	{"unref-copy-is-inherited", copy_is_inherited},
	{"unref-servers-child-ends", servers_child_ends},
	{"unref-servers-child-execs", servers_child_execs},
	{"unref-name-is-detached", name_is_detached},
	{"unref-own-descriptor-is-closed", own_descriptor_is_closed},
	{"unref-opens-by-path-do-not-count", opens_by_path_do_not_count},
	{"unref-never-referenced", never_referenced},
	{"unref-not-asked-for", not_asked_for},
	{"unref-not-after-revocation", not_after_revocation},
	{"unref-deferred-while-calls-are-active", deferred_while_calls_are_active},
	{"unref-attributes-tell", attributes_tell},
	{"unref-attribute-is-used-up", attribute_is_used_up},
	{NULL, NULL},
};
