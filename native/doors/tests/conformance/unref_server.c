#include "unref.h"

#include <sys/prctl.h>

struct unref *notes;
struct remote unref_server;

static int subject, copy;
static pid_t child;

/* --- in the server --- */

static void note(size_t bytes, const door_desc_t *descs, uint_t count)
{
	door_info_t facts;
	if (bytes != 0 || descs != NULL || count != 0)
		notes->wrong++;
	if (door_info(subject, &facts) == 0)
		notes->attributes = facts.di_attributes;
	notes->notified++;
	door_return(NULL, 0, NULL, 0);
}

static PROCEDURE(subject_procedure)
{
	if (data == DOOR_UNREF_DATA)
		note(bytes, descs, count);
	notes->entered++;
	while (bytes > 0 && data[0] == 'w' && !notes->go)
		usleep(1000);
	door_return(NULL, 0, NULL, 0);
}

static void start_child(bool exec)
{
	child = settled_fork();
	CHECK(child >= 0);
	if (child > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (exec)
		execl("/bin/sleep", "sleep", "5", (char *)NULL);
	for (;;)
		pause();
}

static void obey(char command, uint_t attributes)
{
	switch (command) {
	case 'm': /* make */
		subject = door_create(subject_procedure, NULL, attributes);
		CHECK(subject >= 0);
		break;
	case 'd': /* duplicate */
		copy = dup(subject);
		break;
	case 'x': /* close the duplicate */
		CHECK(close(copy) == 0);
		break;
	case 'f': /* fork */
	case 'e': /* fork and exec */
		start_child(command == 'e');
		break;
	case 'k': /* kill the child */
		end(child);
		break;
	case 'a': /* attach */
		CHECK(fattach(subject, notes->name) == 0);
		break;
	case 't': /* take the name away */
		CHECK(fdetach(notes->name) == 0);
		break;
	case 'c': /* close the door's first descriptor */
		CHECK(close(subject) == 0);
		break;
	case 'r': /* revoke */
		CHECK(door_revoke(subject) == 0);
		break;
	default:
		CHECK(command == '?');
	}
}

/* Answers with the subject's attributes; 'p' also passes a copy. */
static PROCEDURE(control)
{
	door_info_t facts = {0};
	door_desc_t desc = {.d_attributes = DOOR_DESCRIPTOR};
	uint_t attributes = 0;
	char command = data[0];
	if (bytes > 1)
		memcpy(&attributes, data + 1, sizeof attributes);
	if (command != 'p')
		obey(command, attributes);
	door_info(subject, &facts);
	desc.d_data.d_desc.d_descriptor = subject;
	door_return((char *)&facts.di_attributes, sizeof facts.di_attributes, &desc,
		    command == 'p');
}

static int make_control(void)
{
	return door_create(control, NULL, 0);
}

/* --- in the client --- */

static uint32_t tell(char command, uint_t attributes, int *passed)
{
	_Alignas(8) char text[8], buffer[128];
	uint32_t answer;
	text[0] = command;
	memcpy(text + 1, &attributes, sizeof attributes);
	door_arg_t arg = {text, 1 + sizeof attributes, NULL, 0, buffer, sizeof buffer};
	CHECK(door_call(unref_server.door, &arg) == 0 && arg.data_size == sizeof answer);
	memcpy(&answer, arg.data_ptr, sizeof answer);
	CHECK(arg.desc_num == (passed != NULL));
	if (passed != NULL)
		*passed = arg.desc_ptr->d_data.d_desc.d_descriptor;
	return answer;
}

uint32_t do_it(char command)
{
	return tell(command, 0, NULL);
}

int get_copy(void)
{
	int passed;
	tell('p', 0, &passed);
	return passed;
}

void unref_begin(uint_t attributes)
{
	notes = shared_memory(sizeof *notes);
	unref_server = remote(make_control);
	tell('m', attributes, NULL);
}

void expect(int notified)
{
	WAIT_FOR(notes->notified >= notified);
	usleep(QUIET_US);
	CHECK(notes->notified == notified && notes->wrong == 0);
}

void expect_none(void)
{
	usleep(QUIET_US);
	CHECK(notes->notified == 0);
}
