/* rpc/client.h - one varlink call over a Unix-domain socket, blocking, with a time limit. */
#ifndef RPC_CLIENT_H
#define RPC_CLIENT_H

#include <jansson.h>

#include "base/err.h"
#include "base/mem.h"

struct rpc_client;

/* Returns 0, or what connect(2) said: -ENOENT, -ECONNREFUSED, -EACCES, or -ETIMEDOUT. The time limit
 * holds for each later call as well. */
int rpc_client_connect(const char *socket_path, unsigned timeout_ms, struct rpc_client **out,
		       struct err *err) __attribute__((nonnull, warn_unused_result));
void rpc_client_free(struct rpc_client *client);
MEM_DEFINE_FREEP(struct rpc_client, rpc_client)

struct rpc_reply {
	char *error;	    /* "org.fettle.NoSuchProfile", or NULL: the call succeeded */
	json_t *parameters; /* an object, never NULL */
};
void rpc_reply_fini(struct rpc_reply *reply) __attribute__((nonnull));

/* Calls `method` with `parameters` (borrowed, may be NULL). Returns 0 with `reply` filled, also for
 * a varlink error; -EPROTO for a peer that does not speak varlink, -ETIMEDOUT, -ECONNRESET. */
int rpc_client_call(struct rpc_client *client, const char *method, json_t *parameters,
		    struct rpc_reply *reply, struct err *err)
	__attribute__((nonnull(1, 2, 4, 5), warn_unused_result));

#endif
