/* Instances as descriptors: what poll, select and other instances are told of them. */
#include "instance.h"
#include "sleeping.h"
#include "token.h"

/* So many interests are asked about in one system call. */
enum { ASKED_AT_ONCE = 64 };

bool instance_ask_nested(struct instance *instance, uint32_t name,
			 bool (*ask)(struct instance *nested, int epfd))
{
	struct interest *interest = interest_at(instance, name);
	struct instance *nested = interest->nested;
	uint32_t generation = interest->generation;
	int fd = interest->fd;
	instance_reference(nested);
	turn_pass(&instance->turn);
	bool answer = ask(nested, fd);
	/* It was this thread's before, so it can't fail. */
	turn_take(&instance->turn);
	instance_release(nested);
	/* The array may lie elsewhere now. */
	interest = interest_at(instance, name);
	return answer && interest->generation == generation && interest->nested == nested;
}

static bool look(struct instance *instance, int epfd)
{
	for (uint32_t name = instance->hot_first; name != 0;
	     name = interest_at(instance, name)->next) {
		if (interest_adopt(instance, epfd, name) &&
		    interest_ready(interest_at(instance, name)) != 0)
			return true;
	}
	for (uint32_t name = 1; instance->nested > 0 && name <= instance->used; name++) {
		struct interest *interest = interest_at(instance, name);
		if (interest->state == INTEREST_LIVE && interest->nested != NULL &&
		    (interest->events & EPOLLIN) && !(interest->events & EPOLLET) &&
		    instance_ask_nested(instance, name, instance_ready))
			return true;
	}
	return false;
}

bool instance_ready(struct instance *instance, int epfd)
{
	if (!turn_take(&instance->turn))
		return false;
	bool ready = look(instance, epfd);
	turn_pass(&instance->turn);
	return ready;
}

void instance_count_sleeper(struct instance *instance)
{
	/* seq_cst: before the arming, see interest_rouse(). */
	atomic_fetch_add(&instance->sleepers, 1);
}

bool instance_arm(struct instance *instance, int epfd)
{
	instance_count_sleeper(instance);
	return instance_arm_counted(instance, epfd);
}

bool instance_arm_counted(struct instance *instance, int epfd)
{
	if (!turn_take(&instance->turn))
		return false;
	instance_end_token(instance, epfd);
	bool ready = instance_arm_hot(instance, epfd);
	turn_pass(&instance->turn);
	return ready;
}

/* For one connection there is one bell. */
static bool is_for_tokens(struct instance *instance)
{
	/* seq_cst: who sleeps here later ends the token, under the turn. */
	return atomic_load(&instance->sleepers) == 1 && instance->hot_count > 1 &&
	       instance->nested == 0 && !instance->shared && !instance->calm;
}

bool instance_arm_by_token(struct instance *instance, int epfd, uint64_t until_ns,
			   struct armed *armed)
{
	*armed = (struct armed){0};
	instance_count_sleeper(instance);
	if (!turn_take(&instance->turn))
		return false;
	instance_end_token(instance, epfd);
	if (is_for_tokens(instance))
		instance->token = token_begin(until_ns);
	bool ready = instance_arm_hot(instance, epfd);
	*armed = (struct armed){instance->token, instance->awaits_room, instance->naps};
	/* Nobody is going to sleep. */
	if (ready)
		instance->token = 0;
	turn_pass(&instance->turn);
	return ready;
}

void instance_woken(struct instance *instance)
{
	atomic_fetch_sub(&instance->sleepers, 1);
}

/* Takes in the bells of those asked about; true when one of them is ready. */
static bool take_in(struct instance *instance, struct pollfd *asked, const uint32_t *names,
		    nfds_t n)
{
	bool ready = false;
	if (n == 0 || kernel_poll(asked, n, &(struct timespec){0}, NULL) <= 0)
		return false;
	for (nfds_t i = 0; i < n; i++) {
		struct interest *interest = interest_at(instance, names[i]);
		short wanted = interest_wanted(interest);
		if (asked[i].revents == 0)
			continue;
		short told = connection_events(interest->connection, interest->fd, wanted,
					       asked[i].revents);
		told &= wanted | POLLERR | POLLHUP;
		interest_heat(instance, names[i]);
		ready |= told != 0 && !interest->disabled;
	}
	return ready;
}

static bool take_in_all(struct instance *instance, int epfd)
{
	struct pollfd asked[ASKED_AT_ONCE];
	uint32_t names[ASKED_AT_ONCE];
	nfds_t n = 0;
	bool ready = false;
	for (uint32_t name = 1; instance->live > 0 && name <= instance->used; name++) {
		struct interest *interest = interest_at(instance, name);
		if (interest->state != INTEREST_LIVE || !interest_adopt(instance, epfd, name))
			continue;
		asked[n] = (struct pollfd){
			.fd = interest->fd,
			.events = connection_kernel_events(interest->connection,
							   interest_wanted(interest)),
		};
		names[n++] = name;
		if (n == ASKED_AT_ONCE) {
			ready |= take_in(instance, asked, names, n);
			n = 0;
		}
	}
	return take_in(instance, asked, names, n) || ready;
}

bool instance_settle(struct instance *instance, int epfd)
{
	if (!turn_take(&instance->turn))
		return true;
	instance_end_lingering(instance, epfd);
	bool ready = take_in_all(instance, epfd);
	turn_pass(&instance->turn);
	/* Without the bells: is it still? */
	struct pollfd again = {.fd = epfd, .events = POLLIN};
	return ready || kernel_poll(&again, 1, &(struct timespec){0}, NULL) > 0;
}
