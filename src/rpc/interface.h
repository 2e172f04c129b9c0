/* rpc/interface.h - the interfaces this service has, with the text clients are shown. */
#ifndef RPC_INTERFACE_H
#define RPC_INTERFACE_H

#include <stddef.h>

struct rpc_interface {
	const char *name;
	const char *description; /* its definition: the .varlink file of that name */
};

extern const struct rpc_interface rpc_interfaces[];
extern const size_t rpc_n_interfaces;

const struct rpc_interface *rpc_interface_find(const char *name) __attribute__((nonnull));

/* The files themselves, made into interface_text.c by the build. */
extern const char rpc_text_service[], rpc_text_fettle[];

#endif
