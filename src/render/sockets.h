/* render/sockets.h - a list of sockets, written while it is walked. What doc/sockets.md says of the
 * members of each object is the contract.
 *
 * Memory does not grow with the list. A write that fails leaves its mark on the stream. */
#ifndef RENDER_SOCKETS_H
#define RENDER_SOCKETS_H

#include <stdint.h>
#include <stdio.h>

#include "model/socket.h"
#include "render/render.h"

/* For programs: an object a line, and a last one, {"coverage": ...}. */
struct sockets_json;
struct sockets_json *sockets_json_begin(FILE *out) __attribute__((nonnull, returns_nonnull));
void sockets_json_add(struct sockets_json *list, const struct socket_record *record)
	__attribute__((nonnull));
/* Writes the coverage and frees the list. */
void sockets_json_end(struct sockets_json *list, const struct socket_coverage *coverage)
	__attribute__((nonnull));

/* For people: columns as wide as the first rows want them, and a summary. */
struct sockets_table;
struct sockets_table *sockets_table_begin(const struct render_options *options, FILE *out)
	__attribute__((nonnull, returns_nonnull));
void sockets_table_add(struct sockets_table *list, const struct socket_record *record)
	__attribute__((nonnull));
void sockets_table_end(struct sockets_table *list, const struct socket_coverage *coverage)
	__attribute__((nonnull));

/* A request, or a time-wait (of which some say fin-wait-2): what the kernel keeps of it has no
 * queues, options, memory or tcp_info. */
bool sockets_is_small(const struct socket_record *record) __attribute__((nonnull));
/* Options that the socket has and nobody could read, and that no gap of it explains. */
uint32_t sockets_unexplained(const struct socket_record *record) __attribute__((nonnull));
bool sockets_option_known(const struct socket_record *record, enum socket_option option)
	__attribute__((nonnull));
/* "retransmit", ... of `timer`. */
const char *sockets_timer_name(uint8_t timer) __attribute__((returns_nonnull));
/* Of TCP_OPTIONS: "timestamps", "sack", ... of each bit from 0 on, until NULL. */
const char *sockets_tcp_option_name(unsigned bit);
/* Of TCP_CA_STATE: "open", "recovery", ...; NULL for one that is not known. */
const char *sockets_ca_state_name(uint64_t state);

#endif
