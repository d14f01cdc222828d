#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "launcher.h"
#include "namespace.h"
#include "page.h"
#include "peer.h"
#include "report.h"
#include "summary.h"

/* Descriptors of a peer, the same in every trial. */
enum { PEER_PAGE_FD = 3, PEER_CONTROL_FD = 4 };

struct child {
	enum role role;
	pid_t pid; /* 0 = not running */
	int pidfd;
	int exit_status; /* as from waitpid, valid once reaped */
	bool reaped;
};

struct launcher {
	struct cell *cell;
	struct results_page *page;
	struct trial_namespace space;
	struct child children[2]; /* server, client */
	int signals;
	char **arguments; /* of the peers; arguments[1] is the role */
};

__attribute__((format(printf, 5, 6))) static void verdict(struct launcher *launcher,
							  enum page_status status, int error,
							  const char *expression,
							  const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	report_write(launcher->page, &launcher->page->report_launcher, WRITER_LAUNCHER, status,
		     error, expression, "core/launcher.c", 0, format, arguments);
	va_end(arguments);
}

static const char *role_name(enum role role)
{
	return role == ROLE_SERVER ? "server" : "client";
}

/* --- starting ----------------------------------------------------------- */

struct peer_flags {
	char page_fd[16];
	char control_fd[16];
	char key[16];
};

/* The peers' command line: this one's, without its descriptors and variables, and
 * with the descriptors of a peer. The strings stay argv's, `flags`' and the namespace's. */
static char **peer_arguments(struct launcher *launcher, struct peer_flags *flags, int argc,
			     char **argv, int first)
{
	char *added[] = {"--page-fd",       flags->page_fd, "--control-fd",
			 flags->control_fd, "--directory",  launcher->space.directory,
			 "--key",           flags->key};
	char **arguments = calloc((size_t)argc + sizeof added / sizeof added[0] + 2,
				  sizeof *arguments);
	int count = 2; /* argv[0] and the role */
	if (arguments == NULL) {
		verdict(launcher, PAGE_FAILED, errno, "calloc", "%s", "the peers' arguments");
		return NULL;
	}
	snprintf(flags->page_fd, sizeof flags->page_fd, "%d", PEER_PAGE_FD);
	snprintf(flags->control_fd, sizeof flags->control_fd, "%d", PEER_CONTROL_FD);
	snprintf(flags->key, sizeof flags->key, "%u", launcher->space.key);
	arguments[0] = argv[0];
	for (int i = first; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--page-fd") == 0 || strcmp(argv[i], "--lifeline-fd") == 0 ||
		    strcmp(argv[i], "--peer-env") == 0)
			continue;
		arguments[count++] = argv[i];
		arguments[count++] = argv[i + 1];
	}
	memcpy(arguments + count, added, sizeof added);
	return arguments;
}

/* Runs in the child. A failure here is reported as the peer's own. */
static const char *become_peer(struct launcher *launcher, enum role role, int control, int page_fd,
			       pid_t parent)
{
	sigset_t none;
	cpu_set_t set;
	int cpu = role == ROLE_SERVER ? launcher->cell->server_cpu : launcher->cell->client_cpu;

	/* A launcher that dies, however it dies, takes its peers along. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return "prctl(PR_SET_PDEATHSIG)";
	if (getppid() != parent)
		raise(SIGKILL);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return "sigprocmask";
	if (cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET((size_t)cpu, &set);
		if (sched_setaffinity(0, sizeof set, &set) < 0)
			return "sched_setaffinity";
	}
	/* Both may already have a number that we are about to use. */
	int page_copy = fcntl(page_fd, F_DUPFD, 16);
	int control_copy = fcntl(control, F_DUPFD, 16);
	if (page_copy < 0 || control_copy < 0 || dup2(page_copy, PEER_PAGE_FD) < 0 ||
	    dup2(control_copy, PEER_CONTROL_FD) < 0)
		return "dup2";
	close(page_copy);
	close(control_copy);
	for (size_t i = 0; i < launcher->cell->peer_env_count; i++)
		if (putenv(launcher->cell->peer_env[i]) != 0)
			return "putenv";
	launcher->arguments[1] = (char *)role_name(role);
	execv("/proc/self/exe", launcher->arguments);
	return "execv";
}

static int start(struct launcher *launcher, enum role role, int control, int page_fd)
{
	struct child *child = &launcher->children[role];
	pid_t parent = getpid();
	*child = (struct child){.role = role, .pidfd = -1};
	child->pid = fork();
	if (child->pid < 0) {
		verdict(launcher, PAGE_FAILED, errno, "fork()", "the %s could not be started",
			role_name(role));
		return -1;
	}
	if (child->pid == 0) {
		const char *expression = become_peer(launcher, role, control, page_fd, parent);
		struct peer peer = {.role = role,
				    .page = launcher->page,
				    .report = role == ROLE_SERVER ? &launcher->page->report_server
								  : &launcher->page->report_client};
		peer_fail_at(&peer, expression, errno, "core/launcher.c", 0, "set-up of the %s",
			     role_name(role));
		_exit(PEER_EXIT_REPORTED);
	}
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	if (child->pidfd < 0) {
		verdict(launcher, PAGE_FAILED, errno, "pidfd_open(child->pid)", "%s",
			"Linux 5.3 or newer is needed");
		return -1;
	}
	return 0;
}

static int start_both(struct launcher *launcher, int page_fd)
{
	int control[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0) {
		verdict(launcher, PAGE_FAILED, errno, "socketpair(AF_UNIX)", "%s",
			"control channel");
		return -1;
	}
	int result = start(launcher, ROLE_SERVER, control[0], page_fd);
	if (result == 0)
		result = start(launcher, ROLE_CLIENT, control[1], page_fd);
	close(control[0]);
	close(control[1]);
	return result;
}

/* --- watching ----------------------------------------------------------- */

static bool reap(struct child *child, int flags)
{
	if (child->pid == 0 || child->reaped)
		return false;
	pid_t pid;
	do
		pid = waitpid(child->pid, &child->exit_status, flags);
	while (pid < 0 && errno == EINTR);
	child->reaped = pid == child->pid;
	return child->reaped;
}

static void kill_peers(struct launcher *launcher)
{
	for (int i = 0; i < 2; i++) {
		struct child *child = &launcher->children[i];
		if (child->pid > 0 && !child->reaped)
			kill(child->pid, SIGKILL);
	}
	for (int i = 0; i < 2; i++)
		reap(&launcher->children[i], 0);
}

static void verdict_killed(struct launcher *launcher, const struct child *child)
{
	int number = WTERMSIG(child->exit_status);
	verdict(launcher, PAGE_PEER_DIED, 0, "", "the %s (process %d) was ended by signal %d (%s)",
		role_name(child->role), (int)child->pid, number, strsignal(number));
	/* relaxed: read after both peers are reaped. The death is the cause even
	 * where the survivor's report of a lost connection came first. */
	atomic_store_explicit(&launcher->page->blame, WRITER_LAUNCHER, memory_order_relaxed);
}

static bool killed(const struct child *child)
{
	return child->reaped && WIFSIGNALED(child->exit_status);
}

/* A peer that is killed loses its descriptors before it can be reaped, so the
 * other one may notice, report and exit first. Gives it a moment. */
static bool other_was_killed(struct child *other)
{
	enum { MOMENT_MS = 50 };
	struct pollfd death = {.fd = other->pidfd, .events = POLLIN};
	if (!other->reaped && poll(&death, 1, MOMENT_MS) == 1)
		reap(other, WNOHANG);
	return killed(other);
}

/* What the end of one peer means. Returns true when the trial is decided. */
static bool judge(struct launcher *launcher, const struct child *child)
{
	struct results_page *page = launcher->page;
	struct child *other =
		&launcher->children[child->role == ROLE_SERVER ? ROLE_CLIENT : ROLE_SERVER];
	const struct page_report *report = child->role == ROLE_SERVER ? &page->report_server
								      : &page->report_client;
	if (WIFEXITED(child->exit_status) && WEXITSTATUS(child->exit_status) == PEER_EXIT_OK)
		return false;
	if (killed(child))
		verdict_killed(launcher, child);
	else if (report->status == PAGE_UNAVAILABLE)
		return true;
	else if (other_was_killed(other))
		verdict_killed(launcher, other);
	else if (report->status != PAGE_FAILED)
		verdict(launcher, PAGE_PEER_DIED, 0, "",
			"the %s exited with status %d and said nothing", role_name(child->role),
			WEXITSTATUS(child->exit_status));
	return true;
}

enum { WATCH_LIFELINE, WATCH_SIGNALS, WATCH_SERVER, WATCH_CLIENT, WATCH_COUNT };

/* How often the hold is looked at while it is set. */
enum { HOLD_LOOK_MS = 50 };

/* The command line keeps running peers in their warm-up: that time isn't theirs. Peers
 * that have not come that far, or don't run there, have the time limit as always. */
static bool held(const struct results_page *page)
{
	/* relaxed: for a limit of seconds. */
	return atomic_load_explicit(&page->hold, memory_order_relaxed) != 0 &&
	       atomic_load_explicit(&page->phase, memory_order_relaxed) == PHASE_WARMUP &&
	       atomic_load_explicit(&page->progress_ops, memory_order_relaxed) > 0;
}

/* Until the next look; `deadline` moves on while the trial is held. */
static int time_left_ms(const struct launcher *launcher, uint64_t *deadline)
{
	uint64_t now = clock_now_ns();
	if (held(launcher->page))
		*deadline = now + launcher->cell->time_limit_ns;
	int left_ms = now >= *deadline ? 0 : (int)((*deadline - now) / 1000000u + 1);
	bool looks = atomic_load_explicit(&launcher->page->hold, memory_order_relaxed) != 0;
	return looks && left_ms > HOLD_LOOK_MS ? HOLD_LOOK_MS : left_ms;
}

static void watch(struct launcher *launcher)
{
	uint64_t deadline = clock_now_ns() + launcher->cell->time_limit_ns;
	struct pollfd fds[WATCH_COUNT] = {
		[WATCH_LIFELINE] = {.fd = launcher->cell->lifeline_fd, .events = POLLIN},
		[WATCH_SIGNALS] = {.fd = launcher->signals, .events = POLLIN},
		[WATCH_SERVER] = {.fd = launcher->children[ROLE_SERVER].pidfd, .events = POLLIN},
		[WATCH_CLIENT] = {.fd = launcher->children[ROLE_CLIENT].pidfd, .events = POLLIN},
	};
	for (;;) {
		int ready = poll(fds, WATCH_COUNT, time_left_ms(launcher, &deadline));
		if (ready < 0 && errno != EINTR)
			return verdict(launcher, PAGE_FAILED, errno, "poll(fds)", "%s", "launcher");
		if (fds[WATCH_LIFELINE].revents != 0)
			return verdict(launcher, PAGE_STOPPED, 0, "", "%s",
				       "the command line is gone");
		if (fds[WATCH_SIGNALS].revents != 0)
			return verdict(launcher, PAGE_STOPPED, 0, "", "%s", "ended by a signal");
		for (int i = 0; i < 2; i++) {
			struct child *child = &launcher->children[i];
			if (fds[WATCH_SERVER + i].revents == 0 || !reap(child, WNOHANG))
				continue;
			fds[WATCH_SERVER + i].fd = -1;
			if (judge(launcher, child))
				return;
		}
		if (launcher->children[0].reaped && launcher->children[1].reaped)
			return;
		if (ready == 0 && clock_now_ns() >= deadline)
			return verdict(launcher, PAGE_TIMEOUT, 0, "",
				       "not finished within %.1f s (phase %u)",
				       (double)launcher->cell->time_limit_ns / 1e9,
				       atomic_load(&launcher->page->phase));
	}
}

/* The launcher's word for what the peers have reported. */
static void conclude(struct launcher *launcher)
{
	struct results_page *page = launcher->page;
	uint32_t blame = atomic_load_explicit(&page->blame, memory_order_acquire);
	if (blame == WRITER_LAUNCHER)
		return;
	const struct page_report *report = blame == WRITER_SERVER   ? &page->report_server
					   : blame == WRITER_CLIENT ? &page->report_client
								    : NULL;
	if (report != NULL)
		page->report_launcher.status = report->status;
	else
		page->report_launcher.status = page->report_client.status;
	if (page->report_launcher.status == PAGE_OK)
		atomic_store_explicit(&page->phase, PHASE_DONE, memory_order_relaxed);
}

static int prepare(struct launcher *launcher, int *page_fd)
{
	sigset_t handled;
	sigemptyset(&handled);
	sigaddset(&handled, SIGTERM);
	sigaddset(&handled, SIGINT);
	sigaddset(&handled, SIGHUP);
	sigprocmask(SIG_BLOCK, &handled, NULL);
	launcher->signals = signalfd(-1, &handled, SFD_CLOEXEC);
	if (launcher->signals < 0) {
		perror("ipcbench-peer: signalfd");
		return -1;
	}
	*page_fd = launcher->cell->page_fd;
	launcher->page = *page_fd < 0 ? page_create(page_fd) : page_map(*page_fd);
	if (launcher->page == NULL) {
		perror("ipcbench-peer: results page");
		return -1;
	}
	return 0;
}

int launcher_main(struct cell *cell, int argc, char **argv, int first)
{
	struct launcher launcher = {.cell = cell};
	struct peer_flags flags;
	const char *expression;
	int page_fd;

	if (prepare(&launcher, &page_fd) < 0)
		return PEER_EXIT_USAGE;
	if (namespace_create(&launcher.space, &expression) < 0) {
		verdict(&launcher, PAGE_FAILED, errno, expression, "%s",
			"a private directory for the trial is needed in $XDG_RUNTIME_DIR or /tmp");
	} else {
		launcher.arguments = peer_arguments(&launcher, &flags, argc, argv, first);
		if (launcher.arguments != NULL && start_both(&launcher, page_fd) == 0)
			watch(&launcher);
		kill_peers(&launcher);
		free(launcher.arguments);
	}
	namespace_remove(&launcher.space);
	conclude(&launcher);
	return cell->page_fd < 0 ? summary_print(cell, launcher.page) : 0;
}
