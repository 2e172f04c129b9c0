/* tests/unit/render/sockets_fixture.h - sockets made by hand, one of each sort. */
#ifndef TESTS_UNIT_RENDER_SOCKETS_FIXTURE_H
#define TESTS_UNIT_RENDER_SOCKETS_FIXTURE_H

#include "model/socket.h"

enum sockets_fixture {
	SOCKETS_FULL,     /* established, everything known, two owners */
	SOCKETS_LISTENER, /* IPv6, with a scope, options at their defaults */
	SOCKETS_TIME_WAIT,
	SOCKETS_UDP,     /* options read in part, and not told why */
	SOCKETS_PATH,    /* a Unix socket with a path and a peer */
	SOCKETS_NASTY,   /* an abstract name, a comm and a unit of any bytes */
	SOCKETS_UNKNOWN, /* hardly anything known */
	SOCKETS_SHORT,   /* of an older kernel, in another namespace */
	SOCKETS_FIXTURES
};

/* Holds until the next call for the same one. */
const struct socket_record *sockets_fixture(enum sockets_fixture which);
/* What a walk of them all comes to; the caller's to fini. */
struct socket_coverage sockets_fixture_coverage(void);

#endif
