#include "run.h"

#include "network.h"

#include <sys/prctl.h>
#include <time.h>

/* A case that takes longer hangs. */
#define CASE_PATIENCE_MS 20000
/* How long the other side may go on after one has failed. */
#define GRACE_MS 300

struct variant {
	const char *name;
	bool left_serves, warm;
};

static const struct variant variants[] = {{"client.cold", false, false},
					  {"client.warm", false, true},
					  {"server.cold", true, false},
					  {"server.warm", true, true}};

enum outcome { PASSED, FAILED, HUNG, SKIP, OUTCOMES };

static char case_name[128];
static int shared_fd, stats_fd[2];

/* --- one side, in its own process --- */

void shared_attach(void)
{
	const char *path = getenv("FASTSOCK_TEST_SHARED");
	if (path == NULL)
		return;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	CHECK(fd >= 0);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(shared != MAP_FAILED);
	close(fd);
	side = atoi(getenv("FASTSOCK_TEST_SIDE"));
}

static const struct test *find(const struct topic *topic, const char *selection,
			       const struct variant **variant)
{
	for (const struct test *test = topic->tests; test->name != NULL; test++)
		for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
			snprintf(case_name, sizeof case_name, ".%s.%s", test->name,
				 variants[i].name);
			*variant = &variants[i];
			if (strcmp(case_name, selection) == 0)
				return test;
		}
	return NULL;
}

static int connection_of_side(void)
{
	if (side == CLIENT)
		return connect_to_other();
	int listener = listen_at(AF_INET, "127.0.0.1");
	int fd = accept_one(listener);
	close(listener);
	return fd;
}

int play(const struct topic *topic, const char *selection)
{
	const struct variant *variant;
	const struct test *test = find(topic, selection, &variant);
	shared_attach();
	CHECK(test != NULL);
	int fd = -1;
	if (!(test->kind & BARE)) {
		fd = connection_of_side();
		if (variant->warm)
			warm_up(fd);
	} else if (side == SERVER && !(test->kind & NETWORK)) {
		fd = listen_at(AF_INET, "127.0.0.1");
	}
	if ((side == SERVER) == variant->left_serves)
		test->left(fd);
	else
		test->right(fd);
	return 0;
}

/* --- starting both --- */

static void set_environment(const struct setting *setting, int which)
{
	char text[64];
	pid_t parent = getppid();
	snprintf(text, sizeof text, "/proc/%d/fd/%d", (int)parent, shared_fd);
	setenv("FASTSOCK_TEST_SHARED", text, 1);
	snprintf(text, sizeof text, "/proc/%d/fd/%d", (int)parent, stats_fd[which]);
	setenv("FASTSOCK_STATS", text, 1);
	setenv("FASTSOCK_TEST_SIDE", which == CLIENT ? "0" : "1", 1);
	if (setting->transport != NULL)
		setenv("FASTSOCK_TRANSPORT", setting->transport, 1);
	unsetenv("LD_PRELOAD");
	if (setting->on & (1u << which))
		setenv("LD_PRELOAD", setting->library, 1);
}

static pid_t start_side(const struct setting *setting, int which, pid_t group)
{
	pid_t child = fork();
	CHECK(child >= 0);
	if (child > 0)
		return child;
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, group);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	set_environment(setting, which);
	char *arguments[] = {(char *)setting->program, case_name, NULL};
	execv("/proc/self/exe", arguments);
	_exit(127);
}

static int fresh_memory(const char *name, size_t bytes)
{
	int fd = memfd_create(name, MFD_CLOEXEC);
	CHECK(fd >= 0);
	CHECK_IS(ftruncate(fd, (off_t)bytes), 0);
	return fd;
}

static void prepare(void)
{
	shared_fd = fresh_memory("fs-test-shared", sizeof *shared);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0);
	CHECK(shared != MAP_FAILED);
	stats_fd[CLIENT] = fresh_memory("fs-test-stats", 0);
	stats_fd[SERVER] = fresh_memory("fs-test-stats", 0);
}

static void clear(void)
{
	munmap(shared, sizeof *shared);
	shared = NULL;
	close(shared_fd);
	close(stats_fd[CLIENT]);
	close(stats_fd[SERVER]);
}

/* --- watching --- */

static void print_file(const char *label, int pid, const char *what)
{
	char path[64], text[256];
	snprintf(path, sizeof path, "/proc/%d/%s", pid, what);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return;
	text[n] = 0;
	text[strcspn(text, "\n")] = 0;
	fprintf(stderr, "  %s %s: %s\n", label, what, text);
}

static void report_hang(void)
{
	for (int i = 0; i < 2; i++) {
		const char *label = i == CLIENT ? "client" : "server";
		print_file(label, shared->pid[i], "wchan");
		print_file(label, shared->pid[i], "syscall");
		fprintf(stderr, "  %s: came to step %u\n", label, shared->step[i]);
	}
}

struct watch {
	enum outcome outcome;
	uint64_t deadline;
};

static void note_end(struct watch *watch, const struct test *test, pid_t pid, int status)
{
	if (status == 0)
		return;
	if ((test->kind & LEFT_DIES) && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
		watch->outcome = SKIP;
	} else if (watch->outcome == PASSED) {
		watch->outcome = FAILED;
		if (WIFSIGNALED(status))
			fprintf(stderr, "%s died by signal %d (%s)\n",
				pid == shared->pid[CLIENT]   ? "client"
				: pid == shared->pid[SERVER] ? "server"
							     : "a child",
				WTERMSIG(status), strsignal(WTERMSIG(status)));
		else if (WEXITSTATUS(status) != 1)
			fprintf(stderr, "exit status %d\n", WEXITSTATUS(status));
	}
	shared->failed = 1;
	if (watch->deadline > now_ms() + GRACE_MS)
		watch->deadline = now_ms() + GRACE_MS;
}

/* A failure of a child that the side itself waits for. */
static void note_failure(struct watch *watch)
{
	if (!shared->failed || watch->outcome != PASSED)
		return;
	watch->outcome = FAILED;
	watch->deadline = now_ms() + GRACE_MS;
}

static enum outcome watch_both(const struct test *test, pid_t group)
{
	struct watch watch = {PASSED, now_ms() + CASE_PATIENCE_MS};
	sigset_t child;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);
		note_failure(&watch);
		if (pid < 0)
			return watch.outcome;
		if (pid > 0) {
			note_end(&watch, test, pid, status);
		} else if (now_ms() > watch.deadline) {
			if (watch.outcome == PASSED) {
				watch.outcome = HUNG;
				report_hang();
			}
			kill(-group, SIGKILL);
			watch.deadline = now_ms() + CASE_PATIENCE_MS;
		} else {
			sigtimedwait(&child, NULL, &(struct timespec){0, 50000000});
		}
	}
}

/* --- statistics --- */

/* The sum over all lines that the processes of a side have written; -1 = no line. */
static long accelerated(int which)
{
	static char text[65536];
	ssize_t n = pread(stats_fd[which], text, sizeof text - 1, 0);
	if (n <= 0)
		return -1;
	text[n] = 0;
	long total = 0;
	for (char *at = text; (at = strstr(at, "\"accelerated\":")) != NULL; at++)
		total += atol(at + strlen("\"accelerated\":"));
	return total;
}

/* One side may have no line to show: it was killed, or has become another program. */
static bool as_wished(const struct test *test, const struct variant *variant,
		      const struct setting *setting)
{
	long client = accelerated(CLIENT), server = accelerated(SERVER);
	bool certain = ((test->kind & BARE) || variant->warm) && !(test->kind & UNCERTAIN);
	bool fine = true;
	if (setting->on != 3)
		fine = client < 1 && server < 1;
	else if (certain)
		fine = client > 0 || server > 0;
	if (!fine)
		fprintf(stderr, "accelerated connections: client %ld, server %ld\n", client,
			server);
	return fine;
}

/* --- cases --- */

static enum outcome run_case(const struct test *test, const struct variant *variant,
			     const struct setting *setting)
{
	prepare();
	pid_t group = start_side(setting, SERVER, 0);
	setpgid(group, group);
	shared->pid[SERVER] = group;
	shared->pid[CLIENT] = start_side(setting, CLIENT, group);
	enum outcome outcome = watch_both(test, group);
	if (outcome == PASSED && !as_wished(test, variant, setting))
		outcome = FAILED;
	clear();
	return outcome;
}

/* A network is for good: in a process of its own. */
static enum outcome run_in_network(const struct test *test, const struct variant *variant,
				   const struct setting *setting)
{
	int status;
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		if (own_network() < 0)
			fprintf(stderr, "no network of its own: %s\n", strerror(errno));
		else
			_exit((int)run_case(test, variant, setting));
		_exit(SKIP);
	}
	CHECK_IS(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) < OUTCOMES
		       ? (enum outcome)WEXITSTATUS(status)
		       : FAILED;
}

static bool applies(const struct test *test, const struct variant *variant,
		    const struct setting *setting)
{
	/* ThreadSanitizer holds handlers back until the interrupted call has returned. */
	if ((test->kind & HANDLED_AMID) && THREAD_SANITIZED)
		return false;
	/* AddressSanitizer's marks of the frames that a cancellation leaves stay on the stack. */
	if ((test->kind & UNWOUND) && ADDRESS_SANITIZED)
		return false;
	if (test->kind & BARE)
		return variant->warm && !variant->left_serves;
	if ((test->kind & ONE_WAY) && variant->left_serves)
		return false;
	/* Without the library on both sides a connection stays as it is. */
	return variant->warm || setting->on == 3;
}

static void run_selected(const struct topic *topic, const char *selection,
			 const struct setting *setting, unsigned counts[OUTCOMES])
{
	static const char *const words[] = {"passed", "FAILED", "HUNG", "skipped"};
	for (const struct test *test = topic->tests; test->name != NULL; test++)
		for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
			snprintf(case_name, sizeof case_name, "%s.%s.%s", topic->name, test->name,
				 variants[i].name);
			const char *name = case_name + strlen(topic->name);
			if (!applies(test, &variants[i], setting) ||
			    strncmp(name, selection, strlen(selection)) != 0)
				continue;
			uint64_t began = now_ms();
			enum outcome outcome = (test->kind & NETWORK)
						       ? run_in_network(test, &variants[i], setting)
						       : run_case(test, &variants[i], setting);
			counts[outcome]++;
			if (outcome != PASSED || getenv("FASTSOCK_TEST_VERBOSE") != NULL)
				fprintf(stderr, "%s: %s, %d ms\n", case_name, words[outcome],
					(int)(now_ms() - began));
			if (counts[HUNG] >= 3)
				return;
		}
}

int run_topic(const struct topic *topic, const char *selection, const struct setting *setting)
{
	unsigned counts[OUTCOMES] = {0};
	sigset_t child;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	run_selected(topic, selection, setting, counts);
	printf("%s: %u passed, %u failed, %u hung, %u skipped\n", topic->name, counts[PASSED],
	       counts[FAILED], counts[HUNG], counts[SKIP]);
	if (counts[FAILED] + counts[HUNG] > 0 || counts[PASSED] + counts[SKIP] == 0)
		return 1;
	return counts[PASSED] == 0 ? SKIPPED : 0;
}
