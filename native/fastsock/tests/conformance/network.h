#ifndef FASTSOCK_TESTS_NETWORK_H
#define FASTSOCK_TESTS_NETWORK_H

/* An address that isn't a loopback address, for documentation only. */
#define OWN_ADDRESS "192.0.2.1"

/* Puts this process into a network of its own with OWN_ADDRESS; 0, or -1 with errno. */
int own_network(void);

#endif
