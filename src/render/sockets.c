/* render/sockets.c - what both ways of writing a list of sockets ask of a record. */
#include "render/sockets.h"

#include "base/mem.h"

bool sockets_is_small(const struct socket_record *record)
{
	return record->kind == SOCKET_TCP && !record->has_queues && !record->inode;
}

bool sockets_option_known(const struct socket_record *record, enum socket_option option)
{
	if (option == SOCKOPT_CONGESTION)
		return record->congestion != NULL;
	return record->known & SOCKOPT_BIT(option);
}

uint32_t sockets_unexplained(const struct socket_record *record)
{
	uint32_t missing = sockets_is_small(record) ? 0 : socket_options_of(record->kind);

	for (int i = 0; i < SOCKOPT_COUNT; i++) {
		if (sockets_option_known(record, (enum socket_option)i))
			missing &= ~SOCKOPT_BIT(i);
	}
	for (size_t i = 0; i < record->n_gaps; i++)
		missing &= ~record->gaps[i].options;
	return missing;
}

const char *sockets_timer_name(uint8_t timer)
{
	/* the numbers of idiag_timer, see sock_diag(7) */
	static const char *const names[] = {"off", "retransmit", "keepalive", "time-wait",
					    "zero-window-probe"};

	return timer < ARRAY_SIZE(names) ? names[timer] : "other";
}

const char *sockets_tcp_option_name(unsigned bit)
{
	/* TCPI_OPT_ bits of linux/tcp.h */
	static const char *const names[] = {"timestamps", "sack",     "wscale",  "ecn",
					    "ecn_seen",   "syn_data", "usec_ts", "tfo_child"};

	return bit < ARRAY_SIZE(names) ? names[bit] : NULL;
}

const char *sockets_ca_state_name(uint64_t state)
{
	/* enum tcp_ca_state of linux/tcp.h */
	static const char *const names[] = {"open", "disorder", "cwr", "recovery", "loss"};

	return state < ARRAY_SIZE(names) ? names[state] : NULL;
}
