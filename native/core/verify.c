#include <string.h>

#include "payload.h"
#include "verify.h"

int verify_received(struct peer *peer, const void *data, size_t n, uint64_t seed,
		    uint64_t operation)
{
	long at = payload_compare(data, n, seed);
	if (at < 0)
		return 0;
	return peer_fail(peer, EBADMSG,
			 "payload verification: byte %ld of %zu is wrong in operation %llu", at, n,
			 (unsigned long long)operation);
}

void verify_fill(struct peer *peer, void *data, size_t n, uint64_t seed)
{
	payload_fill(data, n, seed);
	if (peer->cell->fault != NULL && strcmp(peer->cell->fault, "flip-byte") == 0)
		((unsigned char *)data)[n / 2] ^= 1u;
}

static size_t number_bytes(size_t n)
{
	return n < sizeof(uint32_t) ? n : sizeof(uint32_t);
}

uint32_t verify_number(uint64_t operation, size_t n)
{
	return (uint32_t)(operation & (UINT64_MAX >> (64 - 8 * number_bytes(n))));
}

void verify_fill_call(unsigned char *data, size_t n, uint32_t number)
{
	size_t front = number_bytes(n);
	for (size_t i = 0; i < front; i++)
		data[i] = (unsigned char)(number >> 8 * i);
	payload_fill(data + front, n - front, request_seed(number));
}

int verify_call(struct peer *peer, const unsigned char *data, size_t n, uint32_t *number)
{
	size_t front = number_bytes(n);
	if (n != peer->in_bytes)
		return peer_fail(peer, EBADMSG,
				 "payload verification: a request of %zu bytes where %zu were due",
				 n, peer->in_bytes);
	*number = 0;
	for (size_t i = 0; i < front; i++)
		*number |= (uint32_t)data[i] << 8 * i;
	return verify_received(peer, data + front, n - front, request_seed(*number), *number);
}
