/* model/socket_words.h - the words that people choose sockets by, on a command line and in a
 * profile: as ss(8), netstat(8) and fettle itself write them. */
#ifndef MODEL_SOCKET_WORDS_H
#define MODEL_SOCKET_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A copy in lower case, with "-" for "_". */
char *socket_word(const char *text) __attribute__((nonnull, returns_nonnull, warn_unused_result));
/* The states that a word means, each 1 << enum socket_state: "listen", "ESTAB", "time_wait",
 * "connected", ... 0: no such word. */
uint32_t socket_states_of(const char *word) __attribute__((nonnull));
/* The words to offer, until NULL; those that mean the same come behind them and are not offered. */
const char *socket_states_word(size_t i);

/* Does a process's name match the fnmatch(3) pattern? The kernel keeps 15 bytes of a name: a longer
 * one that begins with these matches too. NULL matches nothing. */
bool socket_comm_matches(const char *comm, const char *pattern) __attribute__((nonnull(2)));

#endif
