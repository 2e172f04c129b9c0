/* rpc/message.c - see message.h. */
#include "rpc/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* A running out of memory is fatal here as everywhere (base/mem.h). */
static void *need(void *made)
{
	if (!made)
		abort();
	return made;
}

/* jansson recurses; so the depth is known before it starts. Brackets in strings do not count, and
 * text that is not JSON at all is left for jansson to find. */
static unsigned depth_of(const char *text, size_t len)
{
	unsigned depth = 0, deepest = 0;
	bool quoted = false;

	for (size_t i = 0; i < len && deepest <= RPC_MOST_DEPTH; i++) {
		char c = text[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (c == '{' || c == '[')
			deepest = ++depth > deepest ? depth : deepest;
		else if ((c == '}' || c == ']') && depth)
			depth--;
	}
	return deepest;
}

json_t *rpc_object_parse(const char *text, size_t len, struct err *err)
{
	json_error_t error;
	json_t *root;

	if (depth_of(text, len) > RPC_MOST_DEPTH) {
		err_set(err, EBADMSG, "nested deeper than %d levels", RPC_MOST_DEPTH);
		return NULL;
	}
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (!root) {
		_cleanup_free_ char *reason = str_printable(error.text);

		err_set(err, EBADMSG, "not JSON: byte %d: %s", error.position, reason);
		return NULL;
	}
	if (!json_is_object(root)) {
		json_decref(root);
		err_set(err, EBADMSG, "not a JSON object");
		return NULL;
	}
	return root;
}

static int take_flags(const json_t *root, struct rpc_call *call, const char **member,
		      struct err *err)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{"more", &call->more},
		{"oneway", &call->oneway},
		{"upgrade", &call->upgrade},
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		const json_t *value = json_object_get(root, flags[i].name);

		if (value && !json_is_boolean(value) && !json_is_null(value)) {
			*member = flags[i].name;
			return err_set(err, EINVAL, "'%s' is neither true nor false", *member);
		}
		*flags[i].flag = json_is_true(value);
	}
	return 0;
}

int rpc_call_parse(const char *text, size_t len, struct rpc_call *out, const char **member,
		   struct err *err)
{
	json_t *root = rpc_object_parse(text, len, err);
	struct rpc_call call = {.root = root};
	int r;

	if (!root)
		return -EBADMSG;
	call.method = json_string_value(json_object_get(root, "method"));
	call.parameters = json_object_get(root, "parameters");
	if (json_is_null(call.parameters))
		call.parameters = NULL;
	r = take_flags(root, &call, member, err);
	if (!r && !call.method) {
		*member = "method";
		r = err_set(err, EINVAL, "'method' is missing, or not a string");
	}
	if (!r && call.parameters && !json_is_object(call.parameters)) {
		*member = "parameters";
		r = err_set(err, EINVAL, "'parameters' is not an object");
	}
	if (r < 0)
		json_decref(root);
	else
		*out = call;
	return r;
}

void rpc_call_fini(struct rpc_call *call)
{
	json_decref(call->root);
	*call = (struct rpc_call){0};
}

int rpc_reply_parse(const char *text, size_t len, struct rpc_reply *out, struct err *err)
{
	json_t *root = rpc_object_parse(text, len, err);
	const json_t *error = json_object_get(root, "error");
	json_t *parameters = json_object_get(root, "parameters");

	if (!root) {
		err->code = EPROTO;
		return err_prefix(err, "the answer is no varlink reply: ");
	}
	if ((error && !json_is_string(error)) || (parameters && !json_is_object(parameters))) {
		json_decref(root);
		return err_set(err, EPROTO, "the answer is not a varlink reply");
	}
	out->error = mem_strdup(json_string_value(error));
	out->parameters = parameters ? json_incref(parameters) : need(json_object());
	out->continues = json_is_true(json_object_get(root, "continues"));
	json_decref(root);
	return 0;
}

void rpc_reply_fini(struct rpc_reply *reply)
{
	free(reply->error);
	json_decref(reply->parameters);
	*reply = (struct rpc_reply){0};
}

/* {"KEY": NAME, "parameters": ..., "FLAG": true}, without the first or last when that is NULL */
static char *message_text(const char *key, const char *name, json_t *parameters, const char *flag)
{
	json_t *root = need(json_object());
	char *text;

	if (key)
		json_object_set_new(root, key, rpc_string(name));
	json_object_set_new(root, "parameters", parameters ? parameters : need(json_object()));
	if (flag)
		json_object_set_new(root, flag, json_true());
	text = need(json_dumps(root, JSON_COMPACT));
	json_decref(root);
	return text;
}

char *rpc_call_text(const char *method, json_t *parameters, bool more)
{
	return message_text("method", method, parameters, more ? "more" : NULL);
}

char *rpc_reply_text(json_t *parameters)
{
	return message_text(NULL, NULL, parameters, NULL);
}

char *rpc_continued_text(json_t *parameters)
{
	return message_text(NULL, NULL, parameters, "continues");
}

char *rpc_error_text(const char *error, json_t *parameters)
{
	return message_text("error", error, parameters, NULL);
}

json_t *rpc_string(const char *text)
{
	json_t *string = json_string(text);
	_cleanup_free_ char *printable = NULL;

	if (string)
		return string;
	printable = str_printable(text);
	return need(json_string(printable));
}
