/* probes/tcp_most.h - how large this host lets TCP's buffers grow by themselves: the third fields
 * of net.ipv4.tcp_rmem and tcp_wmem (tcp(7)). */
#ifndef PROBES_TCP_MOST_H
#define PROBES_TCP_MOST_H

#include <stdint.h>

struct tcp_most {
	uint64_t rmem_bytes, wmem_bytes; /* 0: not known */
};

/* Opens files: before the sandbox. */
void tcp_most_read(struct tcp_most *most) __attribute__((nonnull));

#endif
