/* rpc/message.h - one varlink message: a call or a reply, from text and to text.
 *
 * https://varlink.org/Method-Call: a call has "method", "parameters", "more", "oneway", "upgrade";
 * a reply has "parameters", "error", "continues". Members that are not known are ignored. */
#ifndef RPC_MESSAGE_H
#define RPC_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

enum {
	RPC_MOST_DEPTH = 32
}; /* of nested objects and lists, before any memory is taken for them */

struct rpc_call {
	json_t *root;
	const char *method;       /* in root */
	const json_t *parameters; /* in root; an object, or NULL when none were sent */
	bool more, oneway, upgrade;
};

/* Returns 0; -EBADMSG for what is not one JSON object (whoever sent it cannot be followed any
 * further); -EINVAL for an object that is no call, with the offending member in `*member`. */
int rpc_call_parse(const char *text, size_t len, struct rpc_call *out, const char **member,
		   struct err *err) __attribute__((nonnull, warn_unused_result));
void rpc_call_fini(struct rpc_call *call) __attribute__((nonnull));

struct rpc_reply {
	char *error;        /* "org.fettle.NoSuchProfile", or NULL: the call succeeded */
	json_t *parameters; /* an object, never NULL */
	bool continues;     /* more replies follow, as the call asked with "more" */
};

/* Returns 0, or -EPROTO for what is no reply. */
int rpc_reply_parse(const char *text, size_t len, struct rpc_reply *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
void rpc_reply_fini(struct rpc_reply *reply) __attribute__((nonnull));

/* One object out of bounded, untrusted text, with the limits above; NULL with `err` filled. */
json_t *rpc_object_parse(const char *text, size_t len, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* Messages as text, the caller's. `parameters` is taken over; NULL stands for an empty object. */
char *rpc_call_text(const char *method, json_t *parameters, bool more)
	__attribute__((nonnull(1), returns_nonnull, warn_unused_result));
char *rpc_reply_text(json_t *parameters) __attribute__((returns_nonnull, warn_unused_result));
/* One of several replies, not the last. */
char *rpc_continued_text(json_t *parameters) __attribute__((returns_nonnull, warn_unused_result));
char *rpc_error_text(const char *error, json_t *parameters)
	__attribute__((nonnull(1), returns_nonnull, warn_unused_result));

/* Any bytes as a JSON string: what is not UTF-8 is made printable. A new reference. */
json_t *rpc_string(const char *text) __attribute__((nonnull, returns_nonnull, warn_unused_result));

#endif
