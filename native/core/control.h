/*
 * The control channel: a SOCK_SEQPACKET pair that the launcher makes and both
 * peers inherit. It carries the rendezvous and the barriers between phases,
 * never anything timed, and never uses the mechanism under test.
 */
#ifndef IPCBENCH_CONTROL_H
#define IPCBENCH_CONTROL_H

#include "probe.h"

enum control_kind {
	CONTROL_RENDEZVOUS = 1, /* server -> client: how to find me */
	CONTROL_OPENED,         /* client -> server: client_open has returned */
	CONTROL_PHASE,          /* client -> server: a phase begins; value = enum page_phase */
	CONTROL_GO,             /* server -> client: ready for its first operation */
	CONTROL_END,            /* client -> server: the phase's last operation is done */
	CONTROL_DONE,           /* server -> client: counted and written down */
};

int control_send(struct peer *peer, enum control_kind kind, uint64_t value);

/* Waits for a message of this kind; anything else, or the other peer's end, is
 * an error. */
int control_expect(struct peer *peer, enum control_kind kind, uint64_t *value);

int control_send_rendezvous(struct peer *peer);
int control_receive_rendezvous(struct peer *peer);

#endif
