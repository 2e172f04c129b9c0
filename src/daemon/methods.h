/* daemon/methods.h - the methods of the service: name, who may call it, what it does.
 *
 * A method is a row here, its function, and its definition in rpc/org.fettle.varlink. */
#ifndef DAEMON_METHODS_H
#define DAEMON_METHODS_H

#include "daemon/connection.h"
#include "daemon/credentials.h"
#include "daemon/front.h"

struct method {
	const char *name; /* with its interface */
	enum auth_level level;
	void (*run)(struct front *front, struct connection *connection,
		    const struct rpc_call *call);
};

extern const struct method methods[];
extern const size_t n_methods;

/* Answers a call, if only to say that there is no such method or that the caller may not. */
void methods_call(struct front *front, struct connection *connection, const struct rpc_call *call)
	__attribute__((nonnull));

#endif
