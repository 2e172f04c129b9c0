/* probes/limits.h - asked, got, and what the sysctl had promised: one row of `fettle probe limits`.
 *
 * A verdict is a contradiction only where kernel and sysctl cannot both be right. */
#ifndef PROBES_LIMITS_H
#define PROBES_LIMITS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "probes/claim.h"
#include "sock/diag.h"

enum limits_verdict {
	LIMITS_AS_EXPECTED,
	LIMITS_CUT,           /* less was got than was asked, as the sysctl has it */
	LIMITS_CONTRADICTION, /* the sysctl says one thing, the kernel does another */
	LIMITS_UNKNOWN,       /* one of the two could not be found out */
};

enum limits_key {
	LIMITS_RMEM_MAX,
	LIMITS_WMEM_MAX,
	LIMITS_RMEM_DEFAULT,
	LIMITS_WMEM_DEFAULT,
	LIMITS_TCP_RMEM,
	LIMITS_TCP_WMEM,
	LIMITS_SOMAXCONN,
	LIMITS_CONGESTION,
	LIMITS_CONGESTION_AVAILABLE,
	LIMITS_CONGESTION_ALLOWED,
	LIMITS_KEEPALIVE_TIME,
	LIMITS_KEEPALIVE_INTVL,
	LIMITS_KEEPALIVE_PROBES,
	LIMITS_SYN_RETRIES,
	LIMITS_FIN_TIMEOUT,
	LIMITS_NOTSENT_LOWAT,
	LIMITS_DEFAULT_TTL,
	LIMITS_PORT_RANGE,
	LIMITS_PORTS_RESERVED,
	LIMITS_PORT_START,
	LIMITS_KEYS
};

struct limits {
	struct claim claims[LIMITS_KEYS];
	struct sock_diag *diag; /* NULL: could not be opened, */
	struct err diag_err;    /* and why */
	char kernel[65];        /* its release */
};

struct limits_row {
	const char *what;
	const struct claim *claim;
	json_t *asked, *got; /* NULL: nothing was asked; could not be found out */
	enum limits_verdict verdict;
	char *text; /* a sentence */
};

/* A TCP socket that was written to and whose peer read nothing. */
struct limits_fill {
	bool is_full; /* false: it still took more when it had taken enough */
	uint64_t unsent;
	uint64_t queued, buffer; /* memory, and its bound */
};

/* Takes what the row owns. */
void limits_add(json_t *rows, struct limits_row row) __attribute__((nonnull));
/* A row whose claim could not be read, or whose effect could not be seen: `why` then. */
void limits_add_unknown(json_t *rows, struct limits_row row, const char *why)
	__attribute__((nonnull(1)));

/* `got` is in the unit of `asked`; of both the sysctl permits `most`. */
enum limits_verdict limits_judge_clamp(uint64_t asked, uint64_t most, uint64_t got);
/* SO_RCVBUF and SO_SNDBUF: `got` is as it reads back. */
enum limits_verdict limits_judge_buffer(uint64_t asked, uint64_t most, uint64_t got);
/* A choice that `permitted` says may be made, and whether it was `made`. */
enum limits_verdict limits_judge_choice(bool permitted, bool made);
enum limits_verdict limits_judge_unsent(uint64_t lowat, const struct limits_fill *fill)
	__attribute__((nonnull));

/* A socket of IPv4, or -1; an option of it that is a number; errno says why. */
int limits_socket(int type) __attribute__((warn_unused_result));
int limits_get(int fd, int level, int option, uint64_t *out)
	__attribute__((nonnull, warn_unused_result));
/* Binds it to 127.0.0.1; with port 0 the kernel chooses. Returns 0 or -1 and errno. */
int limits_bind(int fd, uint16_t *port) __attribute__((nonnull, warn_unused_result));

/* Each opens sockets of its own and adds its rows. */
void limits_measure_buffers(const struct limits *limits, json_t *rows) __attribute__((nonnull));
void limits_measure_defaults(const struct limits *limits, json_t *rows) __attribute__((nonnull));
void limits_measure_backlog(const struct limits *limits, json_t *rows) __attribute__((nonnull));
void limits_measure_congestion(const struct limits *limits, json_t *rows) __attribute__((nonnull));
void limits_measure_ports(const struct limits *limits, json_t *rows) __attribute__((nonnull));
void limits_measure_unsent(const struct limits *limits, json_t *rows) __attribute__((nonnull));

#endif
