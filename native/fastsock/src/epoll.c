/* epoll_create() and epoll_ctl(). */
#include <errno.h>
#include <netinet/in.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "instance.h"
#include "interpose.h"
#include "real.h"
#include "sleeping.h"
#include "table.h"

EXPORTED int epoll_create1(int flags)
{
	int fd = (int)raw_syscall(SYS_epoll_create1, flags);
	if (fd >= 0)
		instance_new(fd);
	return fd;
}

EXPORTED int epoll_create(int size)
{
	if (size <= 0) {
		errno = EINVAL;
		return -1;
	}
	return epoll_create1(0);
}

static bool option_is(int fd, int name, int value)
{
	int got = 0;
	socklen_t bytes = sizeof(got);
	return raw_getsockopt(fd, SOL_SOCKET, name, &got, &bytes) == 0 && got == value;
}

/* Whether it is a connection or may become one while it is registered. */
static bool may_be_connection(int fd)
{
	if (table_has(fd))
		return true;
	int error = errno;
	bool may_be = option_is(fd, SO_PROTOCOL, IPPROTO_TCP) && option_is(fd, SO_ACCEPTCONN, 0);
	errno = error;
	return may_be;
}

/* As the kernel is to have it. */
static struct epoll_event registration(struct instance *instance, uint32_t name)
{
	struct interest *interest = interest_at(instance, name);
	interest->disabled = false;
	interest->quiet = false;
	return (struct epoll_event){
		.events = interest->adopted ? interest_translated(interest) : interest->events,
		.data.u64 = cookie_of(instance, name),
	};
}

/* What is level-triggered and asked for as before, the kernel need not be told again. */
static bool kernel_has_it(const struct interest *interest, uint32_t events)
{
	const uint32_t others = EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE | EPOLLWAKEUP;
	return interest->adopted && events == interest->asked &&
	       ((events | interest->events) & others) == 0;
}

static void registered(struct instance *instance, int epfd, uint32_t name, uint32_t asked)
{
	struct interest *interest = interest_at(instance, name);
	interest->asked = asked;
	interest_renew(interest);
	if (interest->connection == NULL)
		return;
	interest_heat(instance, name);
	interest_rouse(instance, epfd, name);
}

/* Sets up what is known of a new interest; the references are its own. */
static void describe(struct instance *instance, uint32_t name, const struct epoll_event *event)
{
	struct interest *interest = interest_at(instance, name);
	interest->events = event->events;
	interest->data = event->data.u64;
	interest->connection = table_get(interest->fd);
	interest_watch(interest, true);
	interest->adopted = interest->connection != NULL &&
			    !connection_is_kernels(interest->connection);
	instance->adopted += interest->adopted;
	if (interest->connection == NULL)
		interest->nested = instance_get(interest->fd);
	instance->nested += interest->nested != NULL;
}

/* One that was deleted a moment ago is what it was, with what is wanted of it now. */
static bool add_again(struct instance *instance, int epfd, int fd, const struct epoll_event *event)
{
	uint32_t name = interest_lingering_of_fd(instance, fd);
	if (name == 0)
		return false;
	struct interest *interest = interest_at(instance, name);
	interest->events = event->events;
	struct epoll_event ours = registration(instance, name);
	if (!kernel_has_it(interest, ours.events)) {
		interest_end(instance, epfd, name);
		return false;
	}
	interest->data = event->data.u64;
	interest_revive(instance, name);
	registered(instance, epfd, name, ours.events);
	return true;
}

static int add(struct instance *instance, int epfd, int fd, struct epoll_event *event)
{
	uint32_t name = 0;
	if (add_again(instance, epfd, fd, event))
		return 0;
	if (may_be_connection(fd) || instance_has(fd) || is_cookie(event->data.u64))
		name = interest_add(instance, fd);
	if (name == 0)
		return kernel_epoll_ctl(epfd, EPOLL_CTL_ADD, fd, event);
	describe(instance, name, event);
	struct epoll_event ours = registration(instance, name);
	int result = kernel_epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ours);
	if (result == 0 && !interest_enter(instance, name)) {
		kernel_epoll_ctl(epfd, EPOLL_CTL_DEL, fd, NULL);
		errno = ENOMEM;
		result = -1;
	}
	if (result < 0) {
		int error = errno;
		interest_remove(instance, name);
		errno = error;
		return -1;
	}
	instance_note_member(fd);
	registered(instance, epfd, name, ours.events);
	return 0;
}

static int modify(struct instance *instance, int epfd, int fd, struct epoll_event *event)
{
	uint32_t name = interest_of_fd(instance, fd);
	if (name == 0)
		return kernel_epoll_ctl(epfd, EPOLL_CTL_MOD, fd, event);
	struct interest *interest = interest_at(instance, name);
	/* Neither from nor to an exclusive one: the kernel refuses. */
	if ((interest->events | event->events) & EPOLLEXCLUSIVE)
		return kernel_epoll_ctl(epfd, EPOLL_CTL_MOD, fd, event);
	struct interest before = *interest;
	interest->events = event->events;
	struct epoll_event ours = registration(instance, name);
	if (!kernel_has_it(interest, ours.events) &&
	    kernel_epoll_ctl(epfd, EPOLL_CTL_MOD, fd, &ours) < 0) {
		interest->events = before.events;
		interest->disabled = before.disabled;
		interest->quiet = before.quiet;
		return -1;
	}
	interest->data = event->data.u64;
	registered(instance, epfd, name, ours.events);
	return 0;
}

/* Not where another process or another descriptor has the file as well. */
static bool may_linger(struct instance *instance, uint32_t name)
{
	const struct interest *interest = interest_at(instance, name);
	return interest->adopted && !interest->orphan && !interest->disabled &&
	       kernel_has_it(interest, interest->asked) && table_count(interest->connection) == 1 &&
	       atomic_load_explicit(&interest->connection->record->holders, memory_order_relaxed) ==
		       1;
}

static int delete (struct instance *instance, int epfd, int fd)
{
	uint32_t name = interest_of_fd(instance, fd);
	if (name != 0 && may_linger(instance, name)) {
		interest_linger(instance, name);
		return 0;
	}
	int result = kernel_epoll_ctl(epfd, EPOLL_CTL_DEL, fd, NULL);
	if (result == 0 && name != 0)
		interest_remove(instance, name);
	return result;
}

EXPORTED int epoll_ctl(int epfd, int operation, int fd, struct epoll_event *event)
{
	bool needs_event = operation == EPOLL_CTL_ADD || operation == EPOLL_CTL_MOD;
	struct instance *instance = NULL;
	if (needs_event ? event != NULL : operation == EPOLL_CTL_DEL)
		instance = instance_get(epfd);
	if (instance == NULL)
		return kernel_epoll_ctl(epfd, operation, fd, event);
	int result;
	if (!turn_take(&instance->turn)) {
		/* A handler within this thread's own call: without our help. */
		instance_release(instance);
		return kernel_epoll_ctl(epfd, operation, fd, event);
	}
	/* What changes may be what a thread is about to be woken by. */
	instance_end_token(instance, epfd);
	if (operation == EPOLL_CTL_ADD)
		result = add(instance, epfd, fd, event);
	else if (operation == EPOLL_CTL_MOD)
		result = modify(instance, epfd, fd, event);
	else
		result = delete (instance, epfd, fd);
	turn_pass(&instance->turn);
	instance_release(instance);
	return result;
}
