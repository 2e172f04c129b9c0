/* check/rule.h - the built-in rules about what lives on a host: one row each, also the text of
 * `fettle explain ID`. */
#ifndef CHECK_RULE_H
#define CHECK_RULE_H

#include <stddef.h>

#include "model/finding.h"

enum rule_needs {
	RULE_NEEDS_LOOKS = 1 << 0,   /* more than one look */
	RULE_NEEDS_SOCKETS = 1 << 1, /* that every socket was seen */
};

/* In the order of the tables: rule_socket.c, then rule_host.c. */
enum rule_id {
	RULE_ACCEPT_QUEUE_FULL,
	RULE_BACKLOG_CUT,
	RULE_NO_REUSEADDR,
	RULE_CLOSE_WAIT_AGED,
	RULE_CLOSE_WAIT_GROWING,
	RULE_EPHEMERAL_PORTS,
	RULE_TIME_WAIT_PORTS,
	RULE_CONGESTION,
	RULE_NO_KEEPALIVE,
	RULE_LINGER,
	RULE_NAGLE,
	RULE_RETRANSMITS,
	RULE_RCVBUF_BDP,
	RULE_RECV_BUFFER,
	RULE_SEND_BUFFER,
	RULE_UDP_DROPS,
	RULE_UNIX_WRITABLE,
	RULE_PATH_BUFFERS,
	RULE_DESCRIPTORS,
	RULE_FILE_TABLE,
	RULE_LISTEN_OVERFLOWS,
	RULE_TIME_WAIT_BUCKETS,
	RULE_TIME_WAIT_OVERFLOW,
	RULE_TCP_MEMORY,
	RULE_TCP_PRESSURE,
	RULE_SYN_BACKLOG,
	RULE_SYN_QUEUE_FULL,
	RULE_SYNCOOKIES,
	RULE_SOFTNET_DROPS,
	RULE_SOFTNET_SQUEEZED,
	RULE_NEIGHBOURS,
	RULE_NEIGHBOUR_OVERFLOW,
	RULE_FRAGMENT_MEMORY,
	RULE_FRAGMENT_FAILURES,
	RULE_COUNT
};

struct check_rule {
	const char *id; /* "socket.accept-queue-full": of its findings, and what waivers name */
	enum severity severity;
	const char *title;     /* "accept queue full": a subject's short name */
	const char *why;       /* one or two sentences: what it does to whom */
	const char *threshold; /* when it fails, in words and numbers */
	const char *evidence;  /* the numbers a finding carries, and where they come from */
	const char *remedy;    /* what mends it */
	const char *source;    /* who says so */
	unsigned needs;        /* enum rule_needs */
};

/* By place, until NULL; and by id. */
const struct check_rule *check_rule_at(size_t i);
const struct check_rule *check_rule_find(const char *id) __attribute__((nonnull));

/* What else a report or `fettle probe path` has findings of, in the same words, until a NULL id;
 * "*" stands for a name that a profile gives. Parts that make no sense are NULL. */
extern const struct check_rule check_notices[];
const struct check_rule *check_notice_find(const char *id) __attribute__((nonnull)); /* or NULL */

/* The halves of the table. */
enum {
	RULES_OF_SOCKETS = RULE_DESCRIPTORS,
	RULES_OF_HOST = RULE_COUNT - RULE_DESCRIPTORS,
};
extern const struct check_rule rules_of_sockets[RULES_OF_SOCKETS], rules_of_host[RULES_OF_HOST];

#endif
