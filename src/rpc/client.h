/* rpc/client.h - varlink calls over a Unix-domain socket, blocking, with a time limit. */
#ifndef RPC_CLIENT_H
#define RPC_CLIENT_H

#include <jansson.h>

#include "base/err.h"
#include "base/mem.h"
#include "rpc/message.h"

struct rpc_client;

/* Returns 0, or what connect(2) said: -ENOENT, -ECONNREFUSED, -EACCES, or -ETIMEDOUT. The time
 * limit holds for each later call as well. */
int rpc_client_connect(const char *socket_path, unsigned timeout_ms, struct rpc_client **out,
		       struct err *err) __attribute__((nonnull, warn_unused_result));
void rpc_client_free(struct rpc_client *client);
MEM_DEFINE_FREEP(struct rpc_client, rpc_client)

/* Calls `method` with `parameters` (borrowed, may be NULL). Returns 0 with `reply` filled, also for
 * a varlink error; -EPROTO for a peer that does not speak varlink, -EOVERFLOW for a reply above
 * FRAME_MOST_REPLY, -ETIMEDOUT, -ECONNRESET. After a failure the connection is of no more use. */
int rpc_client_call(struct rpc_client *client, const char *method, json_t *parameters,
		    struct rpc_reply *reply, struct err *err)
	__attribute__((nonnull(1, 2, 4, 5), warn_unused_result));
/* The same for a method that may reply more than once: `seen` is called with the parameters of each
 * reply but the last, and the time limit begins anew. */
int rpc_client_follow(struct rpc_client *client, const char *method, json_t *parameters,
		      void (*seen)(void *context, const json_t *parameters), void *context,
		      struct rpc_reply *reply, struct err *err)
	__attribute__((nonnull(1, 2, 4, 6, 7), warn_unused_result));

#endif
