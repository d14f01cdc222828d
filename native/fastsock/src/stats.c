/* Counters of this process, and their line of JSON. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config.h"
#include "process.h"
#include "real.h"
#include "stats.h"
#include "usdt.h"

enum { REASONS = 16, NAME_BYTES = 64, LINE_BYTES_MOST = 16384 };

/* Reasons live as long as the library. The last entry takes what finds no other. */
struct reasons {
	_Atomic(const char *) names[REASONS];
	_Atomic uint64_t counts[REASONS];
};

enum { RING_SENT, RING_RECEIVED, KERNEL_SENT, KERNEL_RECEIVED, BYTE_COUNTS };

static const char *const byte_names[BYTE_COUNTS] = {
	"ring_sent",
	"ring_received",
	"kernel_sent",
	"kernel_received",
};

/* Every access is relaxed: they are sums, and nothing follows from them. */
static struct {
	_Atomic uint64_t accelerated, wakeups_sent;
	struct reasons passed, retreated;
	_Atomic uint64_t bytes[BYTE_COUNTS];
} counts;

/* Whose counts they are. A process that forks passes none on. */
static atomic_uint generation;
static atomic_int owner; /* its process id */

static char program[NAME_BYTES];

/* Early: programs write their titles over their arguments. */
__attribute__((constructor)) static void note_program(void)
{
	strncpy(program, program_invocation_short_name, sizeof program - 1);
}

static void add(_Atomic uint64_t *count, uint64_t n)
{
	atomic_fetch_add_explicit(count, n, memory_order_relaxed);
}

/* What was counted since it was taken last. */
static uint64_t take(_Atomic uint64_t *count)
{
	return atomic_exchange_explicit(count, 0, memory_order_relaxed);
}

static void forget(void)
{
	take(&counts.accelerated);
	take(&counts.wakeups_sent);
	for (int i = 0; i < BYTE_COUNTS; i++)
		take(&counts.bytes[i]);
	for (int i = 0; i < REASONS; i++) {
		take(&counts.passed.counts[i]);
		take(&counts.retreated.counts[i]);
	}
}

static void be_this_process(void)
{
	unsigned now = process_generation();
	unsigned before = atomic_load_explicit(&generation, memory_order_relaxed);
	/* The first to see it; in the child of a fork there is no other yet. */
	if (before == now || !atomic_compare_exchange_strong(&generation, &before, now))
		return;
	atomic_store_explicit(&owner, (int)raw_syscall(SYS_getpid), memory_order_relaxed);
	if (before != 0)
		forget();
}

static void count_reason(struct reasons *reasons, const char *reason)
{
	be_this_process();
	for (int i = 0; i < REASONS - 1; i++) {
		const char *name = NULL;
		/* A name is a constant: there is nothing behind the pointer to order. */
		if (atomic_compare_exchange_strong_explicit(&reasons->names[i], &name, reason,
							    memory_order_relaxed,
							    memory_order_relaxed) ||
		    name == reason || strcmp(name, reason) == 0) {
			add(&reasons->counts[i], 1);
			return;
		}
	}
	atomic_store_explicit(&reasons->names[REASONS - 1], "other", memory_order_relaxed);
	add(&reasons->counts[REASONS - 1], 1);
}

void stats_accelerated(const struct connection *connection)
{
	USDT1(fastsock, upgrade, connection);
	be_this_process();
	add(&counts.accelerated, 1);
}

void stats_passed(const char *reason)
{
	count_reason(&counts.passed, reason);
}

void stats_retreated(const struct connection *connection, const char *reason)
{
	USDT2(fastsock, demote, reason, connection);
	count_reason(&counts.retreated, reason);
}

void stats_add(const struct connection *connection)
{
	be_this_process();
	add(&counts.bytes[RING_SENT], connection->ring_sent);
	add(&counts.bytes[RING_RECEIVED], connection->ring_received);
	add(&counts.bytes[KERNEL_SENT], connection->kernel_sent);
	add(&counts.bytes[KERNEL_RECEIVED], connection->kernel_received);
	add(&counts.wakeups_sent, connection->wakeups_sent);
}

/* --- the line --------------------------------------------------------------------- */

/* By hand: _exit() may be called in a signal handler. */
struct line {
	size_t length;
	bool something; /* a number that isn't 0 */
	char text[LINE_BYTES_MOST];
};

static void put(struct line *line, const char *text)
{
	for (; *text != '\0' && line->length < sizeof line->text; text++)
		line->text[line->length++] = *text;
}

static void put_number(struct line *line, uint64_t n)
{
	char digits[21];
	char *first = digits + sizeof digits - 1;
	*first = '\0';
	do
		*--first = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	put(line, first);
}

static void put_string(struct line *line, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	put(line, "\"");
	for (int i = 0; i < NAME_BYTES && text[i] != '\0'; i++) {
		unsigned char c = (unsigned char)text[i];
		char piece[7] = {text[i]};
		if (c < ' ' || c == '"' || c == '\\' || c >= 0x7f)
			memcpy(piece, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15], 0},
			       sizeof piece);
		put(line, piece);
	}
	put(line, "\"");
}

static void put_count(struct line *line, const char *name, _Atomic uint64_t *count)
{
	uint64_t n = take(count);
	put_string(line, name);
	put(line, ":");
	put_number(line, n);
	line->something = line->something || n != 0;
}

static void put_reasons(struct line *line, const char *name, struct reasons *reasons)
{
	bool first = true;
	put_string(line, name);
	put(line, ":{");
	for (int i = 0; i < REASONS; i++) {
		const char *reason = atomic_load_explicit(&reasons->names[i], memory_order_relaxed);
		if (reason == NULL ||
		    atomic_load_explicit(&reasons->counts[i], memory_order_relaxed) == 0)
			continue;
		if (!first)
			put(line, ",");
		first = false;
		put_count(line, reason, &reasons->counts[i]);
	}
	put(line, "}");
}

static void put_all(struct line *line)
{
	put(line, "{\"pid\":");
	put_number(line, (uint64_t)raw_syscall(SYS_getpid));
	put(line, ",\"program\":");
	put_string(line, program);
	put(line, ",");
	put_count(line, "accelerated", &counts.accelerated);
	put(line, ",");
	put_reasons(line, "passed", &counts.passed);
	put(line, ",");
	put_reasons(line, "retreated", &counts.retreated);
	put(line, ",\"bytes\":{");
	for (int i = 0; i < BYTE_COUNTS; i++) {
		put(line, i == 0 ? "" : ",");
		put_count(line, byte_names[i], &counts.bytes[i]);
	}
	put(line, "},");
	put_count(line, "wakeups_sent", &counts.wakeups_sent);
	put(line, "}\n");
}

static void append(const struct line *line)
{
	int fd = (int)raw_syscall(SYS_openat, AT_FDCWD, config.stats,
				  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
	if (fd < 0)
		return; /* nobody is left to be told */
	raw_syscall(SYS_write, fd, line->text, line->length);
	raw_syscall(SYS_close, fd);
}

void stats_write(void)
{
	/* Not on the stack: a signal handler's may be small. */
	static struct line line;
	static atomic_flag busy = ATOMIC_FLAG_INIT;
	int error = errno;
	if (config.stats == NULL)
		return;
	be_this_process();
	/* A child of vfork() ends in its parent's memory. */
	if (atomic_load_explicit(&owner, memory_order_relaxed) != (int)raw_syscall(SYS_getpid))
		return;
	/* acquire and release: one thread after the other uses the line. */
	if (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire))
		return;
	line.length = 0;
	line.something = false;
	put_all(&line);
	if (line.something)
		append(&line);
	atomic_flag_clear_explicit(&busy, memory_order_release);
	errno = error;
}
