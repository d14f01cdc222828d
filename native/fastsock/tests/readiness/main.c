/* Runs one case by name. */
#include <string.h>
#include <unistd.h>

#include "peer.h"

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{"poll-levels", poll_levels},
	{"poll-timeouts", poll_timeouts},
	{"poll-mixed", poll_mixed},
	{"poll-signals", poll_signals},
	{"poll-full", poll_full},
	{"poll-many", poll_many},
	{"select-levels", select_levels},
	{"select-timeouts", select_timeouts},
	{"epoll-level", epoll_level},
	{"epoll-edge", epoll_edge},
	{"epoll-edge-room", epoll_edge_room},
	{"epoll-oneshot", epoll_oneshot},
	{"epoll-errors", epoll_errors},
	{"epoll-few", epoll_few},
	{"epoll-two-descriptors", epoll_two_descriptors},
	{"epoll-mixed", epoll_mixed},
	{"epoll-nested", epoll_nested},
	{"epoll-nested-forks", epoll_nested_forks},
	{"epoll-many", epoll_many},
	{"epoll-duplicate", epoll_duplicate},
	{"epoll-closed", epoll_closed},
	{"epoll-forked", epoll_forked},
	{"epoll-signals", epoll_signals},
	{"epoll-timeouts", epoll_timeouts},
	{"epoll-threads", epoll_threads},
	{"epoll-workers", epoll_workers},
	{"epoll-asleep", epoll_asleep},
	{"epoll-changed-asleep", epoll_changed_asleep},
	{"ends-half-close", ends_half_close},
	{"ends-close", ends_close},
	{"ends-reset", ends_reset},
	{"ends-kill", ends_kill},
	{"ends-only-room", ends_only_room},
	{"seams-edges", seams_edges},
	{"seams-nothing-sent", seams_nothing_sent},
};

int main(int argc, char **argv)
{
	alarm(60);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (argc == 2 && strcmp(argv[1], cases[i].name) == 0) {
			cases[i].run();
			return 0;
		}
	}
	fprintf(stderr, "usage: %s CASE\n", argv[0]);
	return 2;
}
