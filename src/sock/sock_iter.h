/* sock/sock_iter.h - what the BPF iterator writes and the BPF source reads.
 *
 * Included by both: nothing but fixed widths in here. Values are as the kernel keeps them, in its
 * units; source_bpf.c makes of them what getsockopt(2) gives. */
#ifndef SOCK_SOCK_ITER_H
#define SOCK_SOCK_ITER_H

#include <stdint.h>

enum sock_iter_value {
	SOCK_ITER_KEEPALIVE,
	SOCK_ITER_NODELAY,
	SOCK_ITER_KEEPIDLE,  /* jiffies */
	SOCK_ITER_KEEPINTVL, /* jiffies */
	SOCK_ITER_KEEPCNT,
	SOCK_ITER_RCVBUF_LOCKED,
	SOCK_ITER_SNDBUF_LOCKED,
	SOCK_ITER_LINGER, /* jiffies; -1: off */
	SOCK_ITER_REUSEADDR,
	SOCK_ITER_REUSEPORT,
	SOCK_ITER_USER_TIMEOUT, /* ms */
	SOCK_ITER_DEFER_ACCEPT, /* retransmissions */
	SOCK_ITER_FASTOPEN,
	SOCK_ITER_NOTSENT_LOWAT,
	SOCK_ITER_MAXSEG,
	SOCK_ITER_RCVTIMEO, /* jiffies; 0: none, and it then waits for ever */
	SOCK_ITER_SNDTIMEO,
	SOCK_ITER_MARK,
	SOCK_ITER_PRIORITY,
	SOCK_ITER_BUSY_POLL, /* us */
	SOCK_ITER_QUICKACK,
	SOCK_ITER_PINGPONG, /* the counter that TCP_QUICKACK is made from */
	/* The two that say who chose the congestion control. */
	SOCK_ITER_CONGESTION_SET,    /* icsk_ca_setsockopt */
	SOCK_ITER_CONGESTION_LOCKED, /* icsk_ca_dst_locked */
	SOCK_ITER_COUNT
};

/* One descriptor of one process. */
struct sock_iter_record {
	uint64_t inode;
	int32_t pid; /* of the thread group, as the reader's pid namespace numbers it */
	int32_t fd;
	uint32_t known;   /* 1 << enum sock_iter_value: what this kernel has */
	uint32_t outside; /* processes exist that the reader's pid namespace does not show */
	int64_t values[SOCK_ITER_COUNT];
	char congestion[16]; /* "": no TCP socket */
};

#endif
