/* check/live_state.h - inside the live checks: what the looks brought, and the judges of it.
 *
 * A judge does no I/O. It is given what a look saw, and says live_fail(), live_unknown() or, by
 * saying nothing, that all is well; live_judged() counts what it could judge. */
#ifndef CHECK_LIVE_STATE_H
#define CHECK_LIVE_STATE_H

#include "base/table.h"
#include "check/host.h"
#include "check/rule.h"
#include "model/report.h"
#include "model/socket.h"
#include "model/tcp_info.h"
#include "proc/counters.h"
#include "proc/fds.h"
#include "profile/profile.h"
#include "sysctl/compare.h"

enum {
	LIVE_LOOKS = 3,
	LIVE_MOST_FAILS = 2000,    /* findings; the rest is counted */
	LIVE_MOST_TRACKED = 65536, /* entries of each table */
	LIVE_NEARLY_FULL = 75,     /* percent */
	LIVE_KEY_FIELDS = 4,
	LIVE_SUBJECT_SIZE = 112,
};

/* Sysctls that rules compare with, read inside each namespace. */
enum live_key {
	KEY_SOMAXCONN,
	KEY_PORT_RANGE,
	KEY_RESERVED_PORTS,
	KEY_MAX_TW_BUCKETS,
	KEY_TW_REUSE,
	KEY_CONGESTION,
	KEY_TCP_RMEM,
	KEY_TCP_WMEM,
	KEY_RMEM_MAX,
	KEY_RMEM_DEFAULT,
	KEY_MAX_SYN_BACKLOG,
	KEY_FRAG_HIGH,
	KEY_FRAG6_HIGH,
	KEY_TCP_MEM, /* from here: of the whole host */
	KEY_NETDEV_BACKLOG,
	KEY_NEIGH_MOST,
	KEY_NEIGH6_MOST,
	KEY_FILE_NR,
	LIVE_KEYS
};
const char *live_key_name(enum live_key key);

struct live_value {
	char *text; /* NULL: not known, and why: */
	char *why;
	bool absent; /* there is no such key here */
	uint64_t nums[LIVE_KEY_FIELDS];
	size_t n_nums;
};

/* One expectation of the profile as a namespace makes it; NULL with the reason. */
struct live_wanted {
	struct sysctl_wanted *wanted;
	char *why;
};

struct live_ns {
	uint32_t index;
	char *name; /* NULL: our own */
	char *why;  /* it could not be looked at, or not in full; NULL: it could */
	struct live_value keys[LIVE_KEYS];
	struct counters *counters[LIVE_LOOKS]; /* NULL: not read */
	struct live_wanted *wanted;            /* by rule and expectation, in the profile's order */
	size_t n_wanted;
	uint64_t *listening; /* a bit a TCP port; NULL: none so far */
	size_t syn_recv;     /* in the last look */
	bool udp_explained;  /* a socket was found that lost datagrams */
};

struct verdicts;
struct live_paths;
struct live {
	const struct host *host;
	const struct profile *profile; /* or NULL */
	unsigned n_looks, look;        /* of how many, and which one from 0 */
	uint64_t at_us[LIVE_LOOKS];
	struct live_ns *ns;   /* our own first */
	size_t n_ns, last_ns; /* the one that was looked for last: sockets come by namespace */
	struct verdicts *verdicts;
	char *sockets_why;   /* not all sockets were seen, in every look; NULL: all were */
	char *processes_why; /* the same of processes */
	struct table listeners, rates, peers, close_waits, destinations, tw_ports, tw_addresses;
	struct table udp, rules;
	struct live_paths *paths; /* see live_path.h; NULL: no TCP socket was seen */
};
void live_init(struct live *live, const struct host *host, const struct profile *profile)
	__attribute__((nonnull(1, 2)));
void live_fini(struct live *live) __attribute__((nonnull));
struct live_ns *live_add_ns(struct live *live, const char *name) __attribute__((nonnull(1)));
/* NULL: one that appeared while we looked. */
struct live_ns *live_find_ns(struct live *live, const char *name) __attribute__((nonnull(1)));
static inline bool live_is_last(const struct live *live)
{
	return live->look + 1 == live->n_looks;
}

/* live_keys.c: sysctls and counters of a namespace. */
void live_keys_read(struct live *live, struct live_ns *ns) __attribute__((nonnull));
void live_key_set(struct live_ns *ns, enum live_key key, const char *text) __attribute__((nonnull));
/* False: not known, or has no such field. */
bool live_key(const struct live_ns *ns, enum live_key key, size_t field, uint64_t *out)
	__attribute__((nonnull));
/* Ports that connect(2) may choose: ip_local_port_range without ip_local_reserved_ports. */
bool live_ports(const struct live_ns *ns, uint64_t *count) __attribute__((nonnull));
/* In the last look. */
bool live_level(const struct live *live, const struct live_ns *ns, const char *counter,
		uint64_t *out) __attribute__((nonnull));
/* From the first look to the last; false: one look, or not told. */
bool live_moved(const struct live *live, const struct live_ns *ns, const char *counter,
		uint64_t *out) __attribute__((nonnull));

/* live_verdict.c: what came of each rule. */
struct hit {
	enum rule_id rule;
	const struct live_ns *ns;          /* NULL: the whole host */
	const struct finding_owner *owner; /* NULL: nobody, or not known */
	const char *subject;               /* what apart from the owner makes it one finding */
	uint64_t weight;                   /* the heaviest is the example */
};
/* The finding to fill with actual, expected, evidence and remedy when this is the worst so far of
 * its rule, namespace, owner and subject; else NULL, it is counted. */
struct finding *live_fail(struct live *live, const struct hit *hit) __attribute__((nonnull));
void live_judged(struct live *live, enum rule_id rule) __attribute__((nonnull));
/* One thing that could not be judged; the first reason is told. */
void live_unknown(struct live *live, enum rule_id rule, const char *why) __attribute__((nonnull));
/* It has no meaning here; the last reason is told. */
void live_not_here(struct live *live, enum rule_id rule, const char *why) __attribute__((nonnull));
void live_evidence(struct finding *finding, const char *name, const char *format, ...)
	__attribute__((nonnull, format(printf, 3, 4)));
/* After the last look: every judge that remembers, and all findings. */
void live_end(struct live *live, struct report *report) __attribute__((nonnull));
/* Adds a finding for each fail, and for each rule that has none. */
void live_report(struct live *live, struct report *report) __attribute__((nonnull));

/* live_sockets.c: one socket of the current look, to every judge of sockets. */
void live_socket(struct live *live, const struct socket_record *record) __attribute__((nonnull));
bool live_tcp(const struct socket_record *record, enum tcp_field field, uint64_t *out)
	__attribute__((nonnull));
bool live_option(const struct socket_record *record, enum socket_option option, int64_t *out)
	__attribute__((nonnull));
const char *live_gap(const struct socket_record *record, enum socket_option option)
	__attribute__((nonnull, returns_nonnull));
/* Whoever holds it, not copied; pid 0: nobody that is known. */
struct finding_owner live_owner(const struct socket_record *record) __attribute__((nonnull));
struct finding_owner live_owner_of(const struct socket_owner *owner); /* may be NULL */
/* Fails for a socket, in one finding for all of a process that share what they serve. */
struct finding *live_socket_fail(struct live *live, enum rule_id rule, const struct live_ns *ns,
				 const struct socket_record *record, uint64_t weight)
	__attribute__((nonnull));

/* live_listen.c, live_rates.c, live_udp.c, live_ports.c, live_process.c: judges that remember;
 * each is given every socket of every look, and ends after the last. */
void live_listener(struct live *live, struct live_ns *ns, const struct socket_record *record)
	__attribute__((nonnull));
void live_listeners_end(struct live *live) __attribute__((nonnull));
void live_listeners_fini(struct live *live) __attribute__((nonnull));
/* Whose listener has this port; and whose queue was the fullest in any look, at its backlog at
 * least. NULL: nobody's that is known. */
const struct finding_owner *live_listener_owner(const struct live *live, const struct live_ns *ns,
						uint16_t port) __attribute__((nonnull));
const struct finding_owner *live_full_listener(const struct live *live, const struct live_ns *ns)
	__attribute__((nonnull));
bool live_is_served(const struct live_ns *ns, uint16_t port) __attribute__((nonnull));
void live_rate(struct live *live, struct live_ns *ns, const struct socket_record *record)
	__attribute__((nonnull));
void live_udp(struct live *live, struct live_ns *ns, const struct socket_record *record)
	__attribute__((nonnull));
void live_udp_end(struct live *live) __attribute__((nonnull));
void live_port(struct live *live, struct live_ns *ns, const struct socket_record *record)
	__attribute__((nonnull));
void live_ports_end(struct live *live) __attribute__((nonnull));
/* Connections in TIME-WAIT, in the last look, that bind(2) to this address and port would meet:
 * those of the same address; of every one for the wildcard, and for that of IPv6 of IPv4 too,
 * unless it is `v6only` (net/ipv4/inet_connection_sock.c, inet_rcv_saddr_equal()). */
uint64_t live_time_waits(const struct live *live, const struct live_ns *ns,
			 const struct socket_address *local, bool v6only) __attribute__((nonnull));
/* The local port that most of them are on. */
uint16_t live_time_wait_port(const struct live *live, const struct live_ns *ns, uint64_t *count)
	__attribute__((nonnull));
void live_close_wait(struct live *live, struct live_ns *ns, const struct socket_record *record)
	__attribute__((nonnull));
void live_close_waits_end(struct live *live) __attribute__((nonnull));
void live_close_waits_fini(struct live *live) __attribute__((nonnull));
/* Once for every process that could be looked at, in the last look. */
void live_descriptors(struct live *live, const struct live_ns *ns,
		      const struct finding_owner *owner, const struct fds_use *use)
	__attribute__((nonnull(1, 3, 4)));
/* How much of its soft limit is free, in thousandths of a percent, rounded down. False when that is
 * 0: whoever set it wanted no more to be opened, and what is held from before does not matter. */
bool live_headroom(const struct fds_use *use, uint64_t *free_milli) __attribute__((nonnull));
extern const char live_no_headroom[]; /* that, in words */
void live_counters(struct live *live) __attribute__((nonnull));
/* A Unix socket of root that listens or takes datagrams; `writable`: by anyone, through folders
 * anyone may search; an abstract one always is. */
void live_unix(struct live *live, struct live_ns *ns, const struct socket_record *record,
	       bool writable) __attribute__((nonnull));
/* True when it is one to look up the mode of, for all that is known. */
bool live_unix_matters(const struct socket_record *record) __attribute__((nonnull));
bool live_unix_is_abstract(const struct socket_record *record) __attribute__((nonnull));

/* live_access.c: whether any user may connect to the path as process `pid` sees it. */
int live_unix_access(pid_t pid, const char *path, bool *writable, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* live_match.c: whether a rule of the profile means a socket; or, with `record` NULL, a process. */
enum live_answer {
	LIVE_NO,
	LIVE_YES,
	LIVE_UNSURE, /* whose it is is not known */
};
enum live_answer live_match(const struct rule *rule, const struct socket_record *record,
			    const struct finding_owner *owner) __attribute__((nonnull(1)));
/* Of those who hold a matching socket the one that the rule means by process, unit, container. */
struct finding_owner live_match_owner(const struct rule *rule, const struct socket_record *record)
	__attribute__((nonnull));

/* live_profile.c: the profile's own rules. */
void live_rules_resolve(struct live *live, struct live_ns *ns) __attribute__((nonnull));
void live_rules_socket(struct live *live, struct live_ns *ns, const struct socket_record *record)
	__attribute__((nonnull));
/* `use` NULL: not known, and why. */
void live_rules_process(struct live *live, const struct finding_owner *owner,
			const struct fds_use *use, const char *why) __attribute__((nonnull(1, 2)));
void live_rules_report(struct live *live, struct report *report) __attribute__((nonnull));
void live_rules_fini(struct live *live) __attribute__((nonnull));

/* A finding of a profile's rule; takes `subject`. */
struct finding *live_report_rule(const struct rule *rule, char *subject, enum finding_status status,
				 struct report *report) __attribute__((nonnull, returns_nonnull));

#endif
