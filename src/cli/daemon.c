/* cli/daemon.c - see daemon.h. */
#include "cli/daemon.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/errno_name.h"
#include "base/str.h"
#include "cli/output.h"
#include "rpc/client.h"

const char daemon_default_socket[] = FETTLE_RUNDIR "/fettle.sock";

static const unsigned timeouts_ms[] = {
	[DAEMON_AT_ONCE] = 40,
	[DAEMON_SOON] = 10000,
	[DAEMON_LONG] = 70000,
	[DAEMON_QUEUED] = 200000,
};

const char *daemon_socket(const struct cli *cli)
{
	return cli->socket ? cli->socket : daemon_default_socket;
}

static const char *text_of(const json_t *parameters, const char *name)
{
	const char *text = json_string_value(json_object_get(parameters, name));

	return text ? text : "?";
}

static unsigned number_of(const json_t *parameters, const char *name)
{
	json_int_t number = json_integer_value(json_object_get(parameters, name));

	return number > 0 && number <= 1000000000 ? (unsigned)number : 0;
}

static void describe_denied(struct rpc_client *client, const json_t *parameters, struct err *err)
{
	(void)client;
	err_set(err, EACCES, "the daemon does not permit this: %s takes %s",
		text_of(parameters, "method"), text_of(parameters, "required"));
}

/* The folders the daemon looked in, as profile_search() would name them; it tells only those who
 * ask. The caller's. */
static char *daemon_folders(struct rpc_client *client)
{
	struct rpc_reply reply = {0};
	struct strbuf out = {0};
	struct err ignored;

	if (rpc_client_call(client, "org.fettle.GetStatus", NULL, &reply, &ignored) < 0)
		return mem_strdup("the daemon's search path");
	for (const char *p = text_of(reply.parameters, "profile_path"); *p; p++) {
		if (*p == ':')
			strbuf_puts(&out, ", ");
		else
			strbuf_add(&out, p, 1);
	}
	rpc_reply_fini(&reply);
	return strbuf_take(&out);
}

static void describe_no_profile(struct rpc_client *client, const json_t *parameters,
				struct err *err)
{
	const char *nearest = json_string_value(json_object_get(parameters, "nearest"));
	_cleanup_free_ char *folders = daemon_folders(client);

	err_set(err, ENOENT, "no profile '%s' in %s%s%s%s", text_of(parameters, "name"), folders,
		nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

static void describe_bad_profile(struct rpc_client *client, const json_t *parameters,
				 struct err *err)
{
	(void)client;
	err_at(err, EBADMSG, text_of(parameters, "file"), number_of(parameters, "line"),
	       number_of(parameters, "column"), "%s", text_of(parameters, "reason"));
}

static void describe_busy(struct rpc_client *client, const json_t *parameters, struct err *err)
{
	(void)client;
	err_set(err, EBUSY, "the daemon is busy: %s", text_of(parameters, "reason"));
}

static void describe_engine(struct rpc_client *client, const json_t *parameters, struct err *err)
{
	(void)client;
	err_set(err, EIO, "the daemon could not do it: %s", text_of(parameters, "reason"));
}

/* The reason as it stands: it says what was refused. */
static void describe_refusal(struct rpc_client *client, const json_t *parameters, struct err *err)
{
	(void)client;
	err_set(err, errno_code(text_of(parameters, "code")), "%s", text_of(parameters, "reason"));
}

static void describe_ending(struct rpc_client *client, const json_t *parameters, struct err *err)
{
	(void)client;
	(void)parameters;
	err_set(err, ESHUTDOWN, "the daemon is ending");
}

static void describe_no_method(struct rpc_client *client, const json_t *parameters, struct err *err)
{
	(void)client;
	err_set(err, ENOSYS, "the daemon has no method %s: it is of another version",
		text_of(parameters, "method"));
}

/* The errors of src/rpc/org.fettle.varlink, and one of varlink's own. */
static const struct {
	const char *name;
	enum cli_exit exit;
	bool may_go_local;
	void (*describe)(struct rpc_client *client, const json_t *parameters, struct err *err);
} errors[] = {
	{"org.fettle.PermissionDenied", CLI_NOT_PERMITTED, true, describe_denied},
	{"org.fettle.NoSuchProfile", CLI_BAD_INPUT, false, describe_no_profile},
	{"org.fettle.InvalidProfile", CLI_BAD_INPUT, false, describe_bad_profile},
	{"org.fettle.Busy", CLI_BUSY, false, describe_busy},
	{"org.fettle.Refused", CLI_INTERNAL, false, describe_refusal},
	{"org.fettle.EngineFailed", CLI_INTERNAL, false, describe_engine},
	{"org.fettle.ShuttingDown", CLI_NO_DAEMON, true, describe_ending},
	{"org.varlink.service.MethodNotFound", CLI_NO_DAEMON, true, describe_no_method},
};

static void refused(struct rpc_client *client, const struct rpc_reply *reply,
		    struct daemon_failure *failure)
{
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		if (strcmp(errors[i].name, reply->error) != 0)
			continue;
		failure->exit = errors[i].exit;
		failure->may_go_local = errors[i].may_go_local;
		failure->refused = errors[i].describe == describe_refusal;
		errors[i].describe(client, reply->parameters, &failure->err);
		return;
	}
	failure->exit = CLI_INTERNAL;
	err_set(&failure->err, EPROTO, "the daemon answered with the error %s", reply->error);
}

/* Nobody there, or nobody who answers, is no reason to trust an answer less that was made here. One
 * who answers nonsense is: something else sits on that socket. */
static void unanswered(struct daemon_failure *failure)
{
	failure->may_go_local = failure->err.code != EPROTO && failure->err.code != EOVERFLOW;
	failure->exit = failure->may_go_local ? CLI_NO_DAEMON : CLI_INTERNAL;
}

static bool is_missing(const char *path)
{
	return access(path, F_OK) < 0 && errno == ENOENT;
}

/* The socket's folder is made by whoever starts the daemon, or lends its socket to a container. */
static bool has_no_daemon(const struct daemon_failure *failure)
{
	return failure->err.code == ENOENT && is_missing(FETTLE_RUNDIR) &&
	       is_missing(FETTLE_SBINDIR "/fettled");
}

void daemon_note_local(const char *doing, const struct daemon_failure *failure)
{
	if (!has_no_daemon(failure))
		output_note("%s: %s", doing, failure->err.text);
}

int daemon_follow(const struct cli *cli, enum daemon_patience patience, const char *method,
		  json_t *parameters, void (*seen)(void *context, const json_t *parameters),
		  void *context, json_t **out, struct daemon_failure *failure)
{
	_cleanup_(rpc_client_freep) struct rpc_client *client = NULL;
	_cleanup_free_ char *name = mem_printf("org.fettle.%s", method);
	struct rpc_reply reply = {0};
	int r;

	*failure = (struct daemon_failure){0};
	r = rpc_client_connect(daemon_socket(cli), timeouts_ms[patience], &client, &failure->err);
	if (!r && seen)
		r = rpc_client_follow(client, name, parameters, seen, context, &reply,
				      &failure->err);
	else if (!r)
		r = rpc_client_call(client, name, parameters, &reply, &failure->err);
	json_decref(parameters);
	if (r < 0) {
		unanswered(failure);
		return -1;
	}
	if (reply.error) {
		refused(client, &reply, failure);
		rpc_reply_fini(&reply);
		return -1;
	}
	*out = json_incref(reply.parameters);
	rpc_reply_fini(&reply);
	return 0;
}

int daemon_call(const struct cli *cli, enum daemon_patience patience, const char *method,
		json_t *parameters, json_t **out, struct daemon_failure *failure)
{
	return daemon_follow(cli, patience, method, parameters, NULL, NULL, out, failure);
}
