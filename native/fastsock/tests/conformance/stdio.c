/* stdio on a connection: it reaches the kernel past every interposer. */
#include "check.h"

static void print_lines(int fd)
{
	FILE *stream = fdopen(dup(fd), "w");
	CHECK(stream != NULL);
	for (int i = 0; i < 100; i++) {
		char line[40];
		int n = snprintf(line, sizeof line, "raw %d\n", i);
		CHECK_IS(send(fd, line, (size_t)n, 0), n);
		CHECK(fprintf(stream, "line %d\n", i) > 0);
		CHECK_IS(fflush(stream), 0);
		CHECK(dprintf(fd, "direct %d\n", i) > 0);
	}
	CHECK_IS(fclose(stream), 0);
}

/* Reads a line byte by byte, so that nothing is taken that follows. */
static void expect_line(int fd, const char *word, int number)
{
	char line[40], expected[40];
	size_t n = 0;
	do
		CHECK_IS(recv(fd, line + n, 1, 0), 1);
	while (line[n++] != '\n' && n < sizeof line - 1);
	line[n] = 0;
	snprintf(expected, sizeof expected, "%s %d\n", word, number);
	if (strcmp(line, expected) != 0)
		fprintf(stderr, "%s instead of %s", line, expected);
	CHECK_IS(strcmp(line, expected), 0);
}

static void read_lines(int fd)
{
	for (int i = 0; i < 100; i++) {
		expect_line(fd, "raw", i);
		expect_line(fd, "line", i);
		expect_line(fd, "direct", i);
	}
	expect_end(fd);
}

/* A dialogue, as of many simple servers. */
static void ask(int fd)
{
	char line[40], expected[40];
	FILE *stream = fdopen(fd, "r+");
	CHECK(stream != NULL);
	for (int i = 0; i < 50; i++) {
		CHECK(fprintf(stream, "question %d\n", i) > 0);
		CHECK_IS(fflush(stream), 0);
		CHECK(fgets(line, sizeof line, stream) != NULL);
		snprintf(expected, sizeof expected, "answer %d\n", i);
		CHECK_IS(strcmp(line, expected), 0);
	}
	CHECK_IS(fclose(stream), 0);
	CHECK_FAILS(send(fd, "x", 1, 0), EBADF);
	await_step(1);
}

static void answer_by_send(int fd)
{
	for (int i = 0; i < 50; i++) {
		char line[40];
		expect_line(fd, "question", i);
		int n = snprintf(line, sizeof line, "answer %d\n", i);
		CHECK_IS(send(fd, line, (size_t)n, 0), n);
	}
	expect_end(fd);
	step(1);
}

static void answer_by_stdio(int fd)
{
	char line[40];
	int i = 0;
	FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
	CHECK(in != NULL && out != NULL);
	for (; fgets(line, sizeof line, in) != NULL; i++) {
		CHECK_IS(strncmp(line, "question", 8), 0);
		fprintf(out, "answer %d\n", i);
		fflush(out);
	}
	CHECK_IS(i, 50);
	step(1);
}

/* As under inetd: the standard output is the connection. */
static void standard_streams(int fd)
{
	char line[40];
	CHECK_IS(dup2(fd, 0), 0);
	CHECK_IS(dup2(fd, 1), 1);
	close(fd);
	for (int i = 0; i < 50; i++) {
		printf("question %d\n", i);
		fflush(stdout);
		CHECK(fgets(line, sizeof line, stdin) != NULL);
	}
	fflush(stdout);
	CHECK_IS(shutdown(1, SHUT_WR), 0);
	await_step(1);
}

const struct test stdio_tests[] = {
	{"lines", print_lines, read_lines, 0},
	{"dialogue", ask, answer_by_send, 0},
	{"both", ask, answer_by_stdio, 0},
	{"standard", standard_streams, answer_by_send, 0},
	{NULL, NULL, NULL, 0},
};
