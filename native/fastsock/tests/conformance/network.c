/* A network namespace with nothing but the loopback interface. */
#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>

#include "check.h"
#include "network.h"

static int write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t n = write(fd, text, strlen(text));
	close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

static int leave_namespace(void)
{
	char map[64];
	if (unshare(CLONE_NEWNET) == 0)
		return 0;
	snprintf(map, sizeof map, "%d %d 1", (int)geteuid(), (int)geteuid());
	if (errno != EPERM || unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return -1;
	return write_to("/proc/self/uid_map", map);
}

static int raise_interface(int fd, const char *name, const char *address)
{
	struct ifreq request = {0};
	struct sockaddr_in *in = (struct sockaddr_in *)&request.ifr_addr;
	strcpy(request.ifr_name, name);
	if (address != NULL) {
		in->sin_family = AF_INET;
		inet_pton(AF_INET, address, &in->sin_addr);
		if (ioctl(fd, SIOCSIFADDR, &request) < 0)
			return -1;
	}
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	return ioctl(fd, SIOCSIFFLAGS, &request);
}

int own_network(void)
{
	if (leave_namespace() < 0)
		return -1;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	int result = raise_interface(fd, "lo", NULL);
	if (result == 0)
		result = raise_interface(fd, "lo:1", OWN_ADDRESS);
	close(fd);
	return result;
}
