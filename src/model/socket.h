/* model/socket.h - one live socket as far as it is known: pure data, no kernel call.
 *
 * What a kernel, a source or a right did not give is not 0: each part says whether it is there. */
#ifndef MODEL_SOCKET_H
#define MODEL_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum socket_kind {
	SOCKET_TCP,
	SOCKET_UDP,
	SOCKET_UNIX_STREAM,
	SOCKET_UNIX_DGRAM,
	SOCKET_UNIX_SEQPACKET,
	SOCKET_KIND_COUNT
};
const char *socket_kind_name(enum socket_kind kind); /* "tcp", "udp", "unix-stream", ... */

/* The kernel's numbers (enum in net/tcp_states.h); UDP and Unix sockets use some of them. */
enum socket_state {
	SOCKET_ESTABLISHED = 1,
	SOCKET_SYN_SENT,
	SOCKET_SYN_RECV,
	SOCKET_FIN_WAIT1,
	SOCKET_FIN_WAIT2,
	SOCKET_TIME_WAIT,
	SOCKET_CLOSE, /* UDP, Unix: not connected */
	SOCKET_CLOSE_WAIT,
	SOCKET_LAST_ACK,
	SOCKET_LISTEN,
	SOCKET_CLOSING,
	SOCKET_NEW_SYN_RECV, /* a request in the SYN queue: has no owner and no inode */
	SOCKET_STATE_COUNT
};
const char *socket_state_name(enum socket_state state); /* "established", "listen", ... */
enum socket_state socket_state_by_name(const char *name) __attribute__((nonnull)); /* or COUNT */

/* What setsockopt(2) sets. Values are what getsockopt(2) gives, in its unit, but where the table
 * in socket.c says otherwise: times in microseconds, SO_LINGER in seconds or -1 when off. */
enum socket_option {
	SOCKOPT_KEEPALIVE,
	SOCKOPT_NODELAY,
	SOCKOPT_KEEPIDLE,
	SOCKOPT_KEEPINTVL,
	SOCKOPT_KEEPCNT,
	SOCKOPT_RCVBUF,        /* doubled by the kernel: socket(7) */
	SOCKOPT_RCVBUF_LOCKED, /* set by the application: no auto-tuning */
	SOCKOPT_SNDBUF,
	SOCKOPT_SNDBUF_LOCKED,
	SOCKOPT_LINGER,
	SOCKOPT_REUSEADDR,
	SOCKOPT_REUSEPORT,
	SOCKOPT_USER_TIMEOUT,
	SOCKOPT_DEFER_ACCEPT,
	SOCKOPT_FASTOPEN,
	SOCKOPT_NOTSENT_LOWAT,
	SOCKOPT_MAXSEG,
	SOCKOPT_RCVTIMEO_US, /* 0: no time-out */
	SOCKOPT_SNDTIMEO_US,
	SOCKOPT_MARK,
	SOCKOPT_PRIORITY,
	SOCKOPT_BUSY_POLL,
	SOCKOPT_QUICKACK,
	SOCKOPT_CONGESTION, /* its value is `congestion` of the record */
	SOCKOPT_COUNT
};
#define SOCKOPT_BIT(option) (UINT32_C(1) << (option))

struct socket_option_info {
	const char *name;   /* "TCP_NODELAY"; "SO_RCVBUF locked" is "SO_RCVBUF_LOCKED" */
	int level, optname; /* of getsockopt(2) */
	bool is_switch;     /* 0 or 1 */
	bool of_tcp;        /* has a meaning for TCP sockets only */
	const char *unit;   /* "bytes", "s", "us", "ms", "" */
};
extern const struct socket_option_info socket_options[SOCKOPT_COUNT];
enum socket_option socket_option_by_name(const char *name) __attribute__((nonnull)); /* or COUNT */
/* The options that a socket of this kind has. */
uint32_t socket_options_of(enum socket_kind kind);

/* Who chose a connection's congestion control. */
enum socket_congestion_by {
	CONGESTION_BY_UNKNOWN,
	CONGESTION_BY_SETSOCKOPT, /* an application, for it or its listener; or sock_ops */
	CONGESTION_BY_ROUTE,      /* congctl of a route that locks it */
	CONGESTION_BY_DEFAULT,    /* the sysctl when it was opened, or a route that does not lock */
};

struct socket_address {
	int family; /* AF_INET, AF_INET6, AF_UNIX; AF_UNSPEC: none */
	unsigned char bytes[16];
	uint16_t port;    /* host order */
	uint32_t ifindex; /* 0: any */
};

/* A connection by its ends, from the one that sends, to find the other one's record of it: a key
 * that compares as bytes. */
struct socket_ends {
	unsigned char from[16], to[16];
	uint16_t from_port, to_port, family, pad;
};
struct socket_ends socket_ends_of(const struct socket_address *from,
				  const struct socket_address *to) __attribute__((nonnull));

/* As struct socket_memory of SK_MEMINFO (linux/sock_diag.h). */
enum socket_memory {
	SOCKMEM_RMEM_ALLOC,
	SOCKMEM_RCVBUF,
	SOCKMEM_WMEM_ALLOC,
	SOCKMEM_SNDBUF,
	SOCKMEM_FWD_ALLOC,
	SOCKMEM_WMEM_QUEUED,
	SOCKMEM_OPTMEM,
	SOCKMEM_BACKLOG,
	SOCKMEM_DROPS,
	SOCKMEM_COUNT
};
extern const char *const socket_memory_names[SOCKMEM_COUNT]; /* "rmem_alloc_bytes", ... "drops" */

/* A process that holds the socket. Texts live as long as the walk that gave them. */
struct socket_owner {
	pid_t pid;
	int fd;
	const char *comm;      /* NULL: gone before it could be read */
	const char *unit;      /* systemd's, from its cgroup; NULL: none */
	const char *container; /* "docker:0123456789ab", ...; NULL: none */
};

/* Options that are not known, and why. */
struct socket_gap {
	uint32_t options;
	const char *why;
};
#define SOCKET_MOST_GAPS 3

struct socket_record {
	const char *netns; /* name of its network namespace; NULL: the one of this process */
	enum socket_kind kind;
	enum socket_state state;
	struct socket_address local, remote; /* family AF_UNSPEC: not bound, not connected */
	const char *path;                    /* Unix: bound path, "@abstract" printable, or NULL */
	size_t path_len;
	uint64_t inode;      /* of sockfs; 0: no process can hold it any more */
	uint64_t peer_inode; /* Unix: the other end's; 0: none */
	uint64_t cookie;
	bool has_uid; /* false without an inode: the kernel says 0 of what no process holds */
	uint32_t uid;
	uint64_t cgroup_id;      /* 0: not told */
	const char *interface;   /* bound to it; NULL: none */
	bool has_v6only, v6only; /* IPV6_V6ONLY, of what listens or is not connected */
	bool has_queues;
	uint32_t recv_queue, send_queue; /* bytes; a listener's: waiting, and its backlog */
	unsigned n_memory;               /* how many of `memory` the kernel gave */
	uint32_t memory[SOCKMEM_COUNT];
	const char *congestion; /* NULL: not told */
	enum socket_congestion_by congestion_by;
	const void *tcp_info; /* as the kernel gave it, see model/tcp_info.h; NULL: not told */
	size_t tcp_info_len;
	bool has_timer;
	uint8_t timer; /* 0 off, 1 retransmit, 2 keepalive, 3 time-wait, 4 zero window probe */
	uint8_t retransmits; /* of what is waiting, or of keepalive probes */
	uint32_t timer_ms;   /* until it expires */
	const struct socket_owner *owners;
	size_t n_owners;
	const char *owners_unknown; /* why there may be more owners, or none is named; or NULL */
	bool owners_denied;         /* there are processes that may not be looked at */
	uint32_t known;             /* SOCKOPT_BIT()s of `options` */
	int64_t options[SOCKOPT_COUNT];
	struct socket_gap gaps[SOCKET_MOST_GAPS];
	size_t n_gaps;
};

/* Whom to name for it: the first, but not pid 1 where there is another, for it opens sockets for
 * services and keeps them (systemd.socket(5)). NULL: nobody that is known. */
const struct socket_owner *socket_main_owner(const struct socket_record *record)
	__attribute__((nonnull));

/* As ss(8): "192.0.2.1:80", "0.0.0.0:80", "[2001:db8::1]:80", "[fe80::1]%3:80"; into buf, which is
 * returned. */
#define SOCKET_ADDRESS_SIZE 80
const char *socket_address_print(const struct socket_address *address,
				 char buf[SOCKET_ADDRESS_SIZE]) __attribute__((nonnull));
/* The local one, with the interface that the socket is bound to, "0.0.0.0%lo:80", and "*:80" for
 * what takes IPv6 and IPv4. Foreign text, where there is an interface. */
const char *socket_local_print(const struct socket_record *record, char buf[SOCKET_ADDRESS_SIZE])
	__attribute__((nonnull));
/* The same, but IPv4 when it is an IPv4 address that an IPv6 socket has ("::ffff:192.0.2.1"). */
struct socket_address socket_address_plain(const struct socket_address *address)
	__attribute__((nonnull));
/* 127.0.0.0/8, also mapped into IPv6, or ::1. */
bool socket_address_is_loopback(const struct socket_address *address) __attribute__((nonnull));

/* What a shortfall leaves out. */
enum shortfall_kind {
	SHORTFALL_SOCKETS, /* sockets, whole */
	SHORTFALL_OWNERS,  /* who holds those that were seen */
	SHORTFALL_OPTIONS,
	SHORTFALL_NOTE, /* nothing: what looking did to others */
};
const char *shortfall_kind_name(enum shortfall_kind kind); /* "sockets", ... */

/* What a walk saw and could not see: the end of every list of sockets, and of a report. */
struct socket_coverage {
	size_t seen, fully_read;
	size_t without_owner;       /* that have an inode */
	const char *options_source; /* "bpf", "pidfd" or "none" */
	struct socket_shortfall {
		enum shortfall_kind kind;
		char *what; /* "options of sockets of other users", "namespace 4026531840", ... */
		char *why;
		size_t count; /* sockets; 0: not known */
	} * shortfalls;
	size_t n_shortfalls;
};
/* Counts up a row that is there. */
void socket_coverage_add(struct socket_coverage *coverage, enum shortfall_kind kind,
			 const char *what, const char *why, size_t count) __attribute__((nonnull));
/* The first of a kind, or NULL. */
const struct socket_shortfall *socket_coverage_find(const struct socket_coverage *coverage,
						    enum shortfall_kind kind)
	__attribute__((nonnull));
void socket_coverage_fini(struct socket_coverage *coverage) __attribute__((nonnull));

#endif
