/*
 * bare-loop: the same exchanges as the probes, as plain as C allows: no table,
 * no samples, no payload, no results page. What ipcbench measures beyond this
 * is its own doing; scripts/harness-bias.mjs compares the two.
 *
 *   bare-loop echo|stream MECHANISM BYTES COUNT CLIENT-CPU SERVER-CPU
 *
 * Prints the mean time per operation in nanoseconds: a round trip, or a message
 * as its receiver sees them come.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct message {
	long type;
	char data[1 << 20];
};

static struct message message;
static size_t bytes;
static long count;
static int client_cpu, server_cpu;                       /* -1 = free */
static int client_in, client_out, server_in, server_out; /* descriptors, or ids */
static _Atomic uint32_t *words;                          /* futex: [0] requests, [16] replies */

static void check(long result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* --- mechanisms: set up, send, receive ------------------------------------ */

static void open_pipe(void)
{
	int requests[2], replies[2];
	check(pipe(requests), "pipe");
	check(pipe(replies), "pipe");
	server_in = requests[0], client_out = requests[1];
	client_in = replies[0], server_out = replies[1];
}

static void use_pair(int client, int server)
{
	client_in = client_out = client;
	server_in = server_out = server;
}

static void open_unix_stream(void)
{
	int ends[2];
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
	use_pair(ends[0], ends[1]);
}

static struct sockaddr_in bound(int fd)
{
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof name;
	check(bind(fd, (struct sockaddr *)&name, sizeof name), "bind");
	check(getsockname(fd, (struct sockaddr *)&name, &length), "getsockname");
	return name;
}

static void open_tcp(void)
{
	int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0),
	    fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in name = bound(listener);
	check(listen(listener, 1), "listen");
	check(connect(fd, (struct sockaddr *)&name, sizeof name), "connect");
	use_pair(fd, accept(listener, NULL, NULL));
	check(setsockopt(client_in, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
	check(setsockopt(server_in, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
}

static void open_udp(void)
{
	int client = socket(AF_INET, SOCK_DGRAM, 0), server = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in client_name = bound(client), server_name = bound(server);
	check(connect(client, (struct sockaddr *)&server_name, sizeof server_name), "connect");
	check(connect(server, (struct sockaddr *)&client_name, sizeof client_name), "connect");
	use_pair(client, server);
}

static void fd_send(int fd)
{
	for (size_t done = 0; done < bytes;) {
		ssize_t put = write(fd, message.data + done, bytes - done);
		check(put, "write");
		done += (size_t)put;
	}
}

static void fd_recv(int fd)
{
	for (size_t done = 0; done < bytes;) {
		ssize_t got = read(fd, message.data + done, bytes - done);
		check(got > 0 ? got : -1, "read");
		done += (size_t)got;
	}
}

static void open_eventfd(void)
{
	server_in = client_out = eventfd(0, 0);
	client_in = server_out = eventfd(0, 0);
}

static void eventfd_send(int fd)
{
	check(eventfd_write(fd, 1), "eventfd_write");
}

static void eventfd_recv(int fd)
{
	eventfd_t value;
	check(eventfd_read(fd, &value), "eventfd_read");
}

static void open_futex(void)
{
	words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(words == MAP_FAILED ? -1 : 0, "mmap");
	client_out = server_in = 0;
	server_out = client_in = 16;
}

static void futex_send(int word)
{
	atomic_fetch_add(&words[word], 1);
	check(syscall(SYS_futex, &words[word], FUTEX_WAKE, 1, NULL, NULL, 0), "FUTEX_WAKE");
}

static void futex_recv(int word)
{
	static uint32_t seen;
	while (atomic_load(&words[word]) == seen)
		syscall(SYS_futex, &words[word], FUTEX_WAIT, seen, NULL, NULL, 0);
	seen++;
}

static void open_sysv_msg(void)
{
	client_out = server_in = msgget(IPC_PRIVATE, 0600);
	client_in = server_out = msgget(IPC_PRIVATE, 0600);
}

static void close_sysv_msg(void)
{
	msgctl(client_out, IPC_RMID, NULL);
	msgctl(client_in, IPC_RMID, NULL);
}

static void sysv_msg_send(int queue)
{
	message.type = 1;
	check(msgsnd(queue, &message, bytes, 0), "msgsnd");
}

static void sysv_msg_recv(int queue)
{
	check(msgrcv(queue, &message, bytes, 0, 0), "msgrcv");
}

static mqd_t open_queue(char side)
{
	struct mq_attr attributes = {.mq_maxmsg = 8, .mq_msgsize = (long)bytes};
	char name[64];
	snprintf(name, sizeof name, "/ipcbench-bare-%d-%c", (int)getpid(), side);
	mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
	check(queue, "mq_open");
	mq_unlink(name);
	return queue;
}

static void open_posix_mq(void)
{
	client_out = server_in = open_queue('a');
	client_in = server_out = open_queue('b');
}

static void posix_mq_send(int queue)
{
	check(mq_send(queue, message.data, bytes, 0), "mq_send");
}

static void posix_mq_recv(int queue)
{
	check(mq_receive(queue, message.data, bytes, NULL), "mq_receive");
}

static void nothing(void)
{
}

static const struct mechanism {
	const char *name;
	void (*open)(void);
	void (*send)(int);
	void (*recv)(int);
	void (*close)(void);
} mechanisms[] = {
	{"pipe", open_pipe, fd_send, fd_recv, nothing},
	{"unix-stream", open_unix_stream, fd_send, fd_recv, nothing},
	{"tcp", open_tcp, fd_send, fd_recv, nothing},
	{"udp", open_udp, fd_send, fd_recv, nothing},
	{"eventfd", open_eventfd, eventfd_send, eventfd_recv, nothing},
	{"futex", open_futex, futex_send, futex_recv, nothing},
	{"sysv-msg", open_sysv_msg, sysv_msg_send, sysv_msg_recv, close_sysv_msg},
	{"posix-mq", open_posix_mq, posix_mq_send, posix_mq_recv, nothing},
};

/* --- loops ------------------------------------------------------------------ */

static void report(uint64_t start_ns, long operations)
{
	printf("%.1f\n", (double)(now_ns() - start_ns) / (double)operations);
	fflush(stdout);
}

static void echo_server(const struct mechanism *m, long operations)
{
	for (long i = 0; i < operations; i++) {
		m->recv(server_in);
		m->send(server_out);
	}
}

static void echo_client(const struct mechanism *m, long operations)
{
	for (long i = 0; i < operations; i++) {
		m->send(client_out);
		m->recv(client_in);
	}
}

static void stream_server(const struct mechanism *m, long operations)
{
	m->recv(server_in);
	uint64_t start_ns = now_ns();
	for (long i = 1; i < operations; i++)
		m->recv(server_in);
	report(start_ns, operations - 1);
}

static void pin(int cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	if (cpu < 0)
		return;
	CPU_SET((size_t)cpu, &set);
	check(sched_setaffinity(0, sizeof set, &set), "sched_setaffinity");
}

static void run(const struct mechanism *m, int stream)
{
	long warmup = count / 10 + 1;
	m->open();
	pid_t child = fork();
	check(child, "fork");
	pin(child == 0 ? server_cpu : client_cpu);
	if (child == 0) {
		if (stream) {
			stream_server(m, count);
		} else {
			echo_server(m, warmup + count);
		}
		_exit(0);
	}
	if (stream) {
		for (long i = 0; i < count; i++)
			m->send(client_out);
	} else {
		echo_client(m, warmup);
		uint64_t start_ns = now_ns();
		echo_client(m, count);
		report(start_ns, count);
	}
	waitpid(child, NULL, 0);
	m->close();
}

int main(int argc, char **argv)
{
	if (argc == 7) {
		bytes = strtoul(argv[3], NULL, 10);
		count = strtol(argv[4], NULL, 10);
		client_cpu = atoi(argv[5]);
		server_cpu = atoi(argv[6]);
		for (size_t i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++)
			if (strcmp(mechanisms[i].name, argv[2]) == 0 && bytes > 0 &&
			    bytes <= sizeof message.data && count > 1) {
				run(&mechanisms[i], strcmp(argv[1], "stream") == 0);
				return 0;
			}
	}
	fprintf(stderr,
		"usage: bare-loop echo|stream MECHANISM BYTES COUNT CLIENT-CPU SERVER-CPU\n");
	return 2;
}
