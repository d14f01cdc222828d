/* What concerns the process as a whole: configuration, statistics, signals, spins. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "segment.h"
#include "stats.h"
#include "unit.h"
#include "waiting.h"

/* --- configuration ---------------------------------------------------------------- */

static void config_defaults(void)
{
	config_read();
	CHECK(!config.off && config.stats == NULL && config.spin_ns == SPIN_MOST_NS &&
	      config.ring_bytes == RING_BYTES_DEFAULT);
	CHECK(config.transport != NULL && strcmp(config.transport->name, "mmap-sem") == 0);
}

static void config_values(void)
{
	setenv("FASTSOCK_OFF", "1", 1);
	setenv("FASTSOCK_TRANSPORT", "doors", 1);
	setenv("FASTSOCK_RING_BYTES", "1m", 1);
	setenv("FASTSOCK_SPIN_NS", "0", 1);
	setenv("FASTSOCK_STATS", "a-file", 1);
	config_read();
	CHECK(config.off && config.transport->number == TRANSPORT_DOORS);
	CHECK(config.ring_bytes == 1 << 20 && config.spin_ns == 0);
	CHECK(config.stats[0] == '/' && strcmp(strrchr(config.stats, '/'), "/a-file") == 0);
	setenv("FASTSOCK_RING_BYTES", "64K", 1);
	config_read();
	CHECK(config.ring_bytes == 65536);
}

static void config_nonsense(void)
{
	static const char *const rings[] = {"15k",  "48k", "32m",  "1g",   "-64k",
					    "64kk", "k",   "0x10", " 64k", "18446744073709551615m"};
	setenv("FASTSOCK_OFF", "perhaps", 1);
	setenv("FASTSOCK_TRANSPORT", "pigeons", 1);
	setenv("FASTSOCK_SPIN_NS", "1k", 1);
	for (size_t i = 0; i < sizeof rings / sizeof *rings; i++) {
		setenv("FASTSOCK_RING_BYTES", rings[i], 1);
		config_read();
		CHECK(config.ring_bytes == RING_BYTES_DEFAULT);
	}
	CHECK(!config.off && config.spin_ns == SPIN_MOST_NS &&
	      config.transport->number == TRANSPORT_MMAP_SEM);
}

/* --- spins ------------------------------------------------------------------------ */

static void spin_lengths(void)
{
	config_read();
	CHECK(can_spin() == (sysconf(_SC_NPROCESSORS_ONLN) >= 2));
	uint32_t spin = SPIN_MOST_NS;
	for (int i = 0; i < 10; i++)
		spin = spin_learn(spin, false);
	CHECK(spin < 2 * SPIN_LEAST_NS);
	unsigned trials = 0;
	for (int i = 0; i < 10000; i++) {
		spin = spin_learn(spin, false);
		trials += spin > 2 * SPIN_LEAST_NS;
	}
	CHECK(trials > 30 && trials < 50);
	for (int i = 0; i < 5; i++)
		spin = spin_learn(spin, true);
	CHECK(spin == SPIN_MOST_NS && spin_learn(0, false) == SPIN_LEAST_NS);
	config.spin_ns = 0;
	CHECK(spin_learn(SPIN_MOST_NS, true) == 0 && spin_learn(0, false) == 0);
	config.spin_ns = 600;
	for (int i = 0; i < 1000; i++) {
		spin = spin_learn(spin, i % 7 == 0);
		CHECK(spin <= 600 && spin >= SPIN_LEAST_NS);
	}
}

static void futexes(void)
{
	_Atomic uint32_t word = 1;
	CHECK(futex_wait(&word, 2, 0) == 0);
	uint64_t start = clock_ns();
	CHECK(futex_wait(&word, 1, 5000000) < 0 && errno == ETIMEDOUT);
	CHECK(clock_ns() - start >= 4900000);
	futex_wake_all(&word);
}

/* --- signals ---------------------------------------------------------------------- */

static void nothing(int number)
{
	(void)number;
}

static void install(int number, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
	CHECK(sigaction(number, &action, NULL) == 0);
}

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static void signals_noted(void)
{
	struct sigaction old;
	CHECK(!eintr_matters());
	install(SIGUSR1, nothing, SA_RESTART);
	CHECK(!eintr_matters());
	install(SIGUSR1, nothing, 0);
	install(SIGUSR1, nothing, 0);
	CHECK(eintr_matters());
	CHECK(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == nothing);
	install(SIGUSR2, nothing, SA_SIGINFO);
	install(SIGUSR1, SIG_IGN, 0);
	CHECK(eintr_matters());
	CHECK(signal(SIGUSR2, nothing) == nothing);
	/* libc's has SA_RESTART, ThreadSanitizer's hasn't. */
	CHECK(sigaction(SIGUSR2, NULL, &old) == 0);
	CHECK(eintr_matters() == ((old.sa_flags & SA_RESTART) == 0));
	CHECK(siginterrupt(SIGUSR2, 1) == 0 && eintr_matters());
	CHECK(siginterrupt(SIGUSR2, 0) == 0 && !eintr_matters());
	/* Not that it was `nothing`: ThreadSanitizer's stands there. */
	CHECK(sysv_signal(SIGUSR2, nothing) != SIG_ERR && eintr_matters());
	CHECK(sigset(SIGUSR2, SIG_DFL) != SIG_ERR && !eintr_matters());
	errno = 0;
	CHECK(sigaction(SIGKILL, &old, NULL) < 0 && errno == EINVAL && !eintr_matters());
	old.sa_flags = 0;
	CHECK(sigaction(SIGKILL, &old, NULL) < 0 && errno == EINVAL && !eintr_matters());
	CHECK(sigaction(1000, &old, NULL) < 0 && errno == EINVAL);
	CHECK(signal(-1, nothing) == SIG_ERR && errno == EINVAL);
}

/* --- statistics ------------------------------------------------------------------- */

static char path[64], text[4096];

static void stats_set_up(void)
{
	snprintf(path, sizeof path, "/tmp/fastsock-unit-%d", (int)getpid());
	config.stats = path;
	unlink(path);
}

static const char *written(void)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
	CHECK(n >= 0);
	text[n] = '\0';
	if (fd >= 0)
		close(fd);
	unlink(path);
	return text;
}

static void stats_line(void)
{
	char expected[1024], reason[] = "other \"user\"";
	stats_set_up();
	stats_write();
	CHECK(*written() == '\0');
	static struct connection connection;
	connection.ring_sent = 1;
	connection.ring_received = UINT64_MAX;
	connection.kernel_sent = 3;
	connection.wakeups_sent = 4;
	stats_accelerated(&connection);
	stats_passed("remote");
	stats_passed("other \"user\"");
	stats_passed(reason);
	stats_retreated(&connection, "exec");
	stats_add(&connection);
	stats_write();
	snprintf(expected, sizeof expected,
		 "{\"pid\":%d,\"program\":\"fastsock-unit\",\"accelerated\":1,"
		 "\"passed\":{\"remote\":1,\"other \\u0022user\\u0022\":2},"
		 "\"retreated\":{\"exec\":1},\"bytes\":{\"ring_sent\":1,"
		 "\"ring_received\":18446744073709551615,\"kernel_sent\":3,"
		 "\"kernel_received\":0},\"wakeups_sent\":4}\n",
		 (int)getpid());
	CHECK(strcmp(written(), expected) == 0);
	stats_write();
	CHECK(*written() == '\0');
}

static void stats_reasons(void)
{
	static char names[20][8];
	stats_set_up();
	for (int i = 0; i < 20; i++) {
		snprintf(names[i], sizeof names[i], "r%d", i);
		stats_passed(names[i]);
	}
	stats_write();
	written();
	CHECK(strstr(text, "\"r14\":1,\"other\":5}") != NULL);
}

static void stats_forked(void)
{
	stats_set_up();
	stats_passed("parent's");
	pid_t pid = fork();
	if (pid == 0) {
		stats_write(); /* nothing happened in it */
		stats_passed("child's");
		stats_write();
		_exit(0);
	}
	CHECK(waitpid(pid, NULL, 0) == pid);
	written();
	CHECK(strstr(text, "parent's") == NULL && strstr(text, "\"child's\":1") != NULL);
	pid = vfork();
	if (pid == 0) {
		stats_write();
		_exit(0);
	}
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(*written() == '\0');
	stats_write();
	CHECK(strstr(written(), "\"parent's\":1") != NULL);
}

const struct unit_case process_cases[] = {
	{"config-defaults", config_defaults},
	{"config-values", config_values},
	{"config-nonsense", config_nonsense},
	{"spin-lengths", spin_lengths},
	{"futexes", futexes},
	{"signals-noted", signals_noted},
	{"stats-line", stats_line},
	{"stats-reasons", stats_reasons},
	{"stats-forked", stats_forked},
	{NULL, NULL},
};
