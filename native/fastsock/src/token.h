/*
 * Tokens: one bell for a sleep, however many connections it is about.
 *
 * An epoll_wait() sleeps for all of its connections at once, and the first bell ends the
 * sleep: those that follow until it runs are rung in vain, each at the price of a system
 * call here and another one there. So a sleep has a number, its token, which it puts into
 * the lanes that it arms, and a process that has rung once for a token doesn't again.
 *
 * A lane has a token only while nobody but that sleep counts on its bells. Whoever else
 * comes to count on them puts 0 there, for which is always rung: watchers, calls that
 * wait, processes that share the connection. The bell that was rung for a sleep is left to
 * it, so long as it lasts: token_sleeps(). And where one that slept by a token is to hear
 * of something otherwise, because its instance has changed, the token is taken out of all
 * lanes (instance_end_token()). Should all of this fail, the sleep is no longer than
 * TOKEN_NS; whoever sleeps on does so without a token.
 */
#ifndef FASTSOCK_TOKEN_H
#define FASTSOCK_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#ifndef TOKEN_NS
#define TOKEN_NS UINT64_C(10000000)
#endif

/* A token that no process has had, for a sleep until then; 0 = do without. */
uint64_t token_begin(uint64_t until_ns);
void token_end(uint64_t token);

/* Whether a sleep of this process has it, and the bell that was rung for it. */
bool token_sleeps(uint64_t token);

/* Of whoever rings: for 0 nothing was ever rung. */
bool token_was_rung(uint64_t token);
void token_note_rung(uint64_t token);

#endif
