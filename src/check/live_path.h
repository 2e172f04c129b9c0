/* check/live_path.h - inside the live checks: what bounds connections to other hosts, by
 * destination; and `paths:` of a profile. See live_state.h. */
#ifndef CHECK_LIVE_PATH_H
#define CHECK_LIVE_PATH_H

#include "check/live_state.h"

enum live_bound {
	BOUND_NONE,
	BOUND_WINDOW,      /* the far end's receive window */
	BOUND_SEND_BUFFER, /* ours */
};

/* One connection in the last look, seen from the end that sends. */
struct live_path {
	const char *why;       /* what bounds it is not known; NULL: it is */
	enum live_bound bound; /* for a good part of the time that data was in flight, */
	bool binds;            /* and it is less than what the connection itself would need */
	bool over_looks;       /* the times are those between the looks, not of its life */
	uint64_t busy_us, limited_us;
	bool has_rate, app_limited; /* its rate is known; and the application bounded it */
	uint64_t rate_Bps;          /* its own last one, or the mean, whichever is better */
	uint64_t min_rtt_us, bdp_bytes;
	uint64_t
		limit_bytes; /* 0: the bound may still grow, or the far end's application is slow */
	bool locked;         /* SO_SNDBUF was set by the application */
	bool unscaled;       /* window scaling was not agreed on */
};

/* live_path_view.c: counters of a connection, and what comes of two looks at them. */
struct live_path_times {
	uint64_t busy_us, window_us, buffer_us;
	uint64_t acked; /* bytes */
};
bool live_path_times(const struct socket_record *record, struct live_path_times *out)
	__attribute__((nonnull));
/* Since `before`; NULL: over its life. False: it has measured nothing. */
bool live_path_view(const struct live_ns *ns, const struct socket_record *record,
		    const struct live_path_times *before, struct live_path *out)
	__attribute__((nonnull(1, 2, 4)));
/* Whether its limit is below what so large a product needs. */
bool live_path_binds(const struct live_path *path, uint64_t bdp_bytes) __attribute__((nonnull));
/* "SO_SNDBUF of 4096 bytes, set by the application, bounds it for 90 % of ..."; the caller's. */
char *live_path_text(const struct live_path *path)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
/* What mends it, and on which host, when the product is `bdp_bytes`; the caller's. */
char *live_path_remedy(const struct live_ns *ns, const struct live_path *path,
		       const struct socket_address *remote, const char *comm, uint64_t bdp_bytes)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));

/* live_path.c: every TCP socket of every look. */
void live_path(struct live *live, struct live_ns *ns, const struct socket_record *record)
	__attribute__((nonnull));
/* True when the send buffer of this connection makes a finding of its destination. */
bool live_path_tells(const struct live *live, const struct live_ns *ns,
		     const struct socket_record *record) __attribute__((nonnull));
/* A finding was made of the end that receives: it is not told again of the end that sends. */
void live_path_told(struct live *live, const struct socket_record *record) __attribute__((nonnull));
void live_paths_end(struct live *live) __attribute__((nonnull));
void live_paths_fini(struct live *live) __attribute__((nonnull));
/* The profile's rules, after live_paths_end(). */
void live_paths_report(const struct live *live, struct report *report) __attribute__((nonnull));

/* live_path_rule.c: every connection that has measured something, in the last look. */
struct path_rules;
void live_path_rules(struct live *live, struct path_rules **rules, const struct live_ns *ns,
		     const struct socket_record *record, const struct live_path *path)
	__attribute__((nonnull));
/* Adds a finding for each rule; `rules` NULL: there was no connection at all. */
void live_path_rules_report(const struct live *live, const struct path_rules *rules,
			    struct report *report) __attribute__((nonnull(1, 3)));
void live_path_rules_free(struct path_rules *rules);

#endif
