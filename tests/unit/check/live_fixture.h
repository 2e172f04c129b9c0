/* tests/unit/check/live_fixture.h - looks that a test spells out: keys, counters and sockets of one
 * namespace, in which nothing is wrong until the test says so. */
#ifndef TESTS_UNIT_CHECK_LIVE_FIXTURE_H
#define TESTS_UNIT_CHECK_LIVE_FIXTURE_H

#include <linux/tcp.h>

#include "check/live_state.h"
#include "tests/unit/check/fixture.h"

struct world {
	struct fixture base;
	struct live live;
	struct live_ns *ns;
	struct profile *profile;
	struct report *report;
};

/* `yaml`: the rest of a profile, or NULL. Looks are a second apart. */
void world_init(struct world *world, unsigned looks, const char *yaml);
void world_fini(struct world *world);
void world_look(struct world *world, unsigned look);
/* The counters of a look, "NAME.COUNTER=VALUE ..." as words; all others are 0. */
void world_counters(struct world *world, unsigned look, const char *counters);
/* Ends the looks and reports; the failing ids in their order, between blanks. The caller's. */
char *world_fails(struct world *world);
const struct finding *world_finding(struct world *world, const char *id);

enum {
	TCP_INFO_LEN_5_4 = 232, /* and until 6.1 */
};

/* A TCP socket of 127.0.0.1, or of 192.0.2.1 when `far`, held by "server", pid 100, whose options
 * are all known and off but SO_REUSEADDR. */
struct sample {
	struct socket_record record;
	struct socket_owner owner;
	union {
		struct tcp_info info; /* as long as the linux/tcp.h of this build has it */
		struct {
			unsigned char older[TCP_INFO_LEN_5_4];
			uint32_t rcv_wnd, rehash; /* what 6.2 appended */
		};
	} tcp;
};
void sample_tcp(struct sample *sample, enum socket_state state, uint16_t local, uint16_t remote,
		bool far);

#endif
