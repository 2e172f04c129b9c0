/* daemon/methods.c - see methods.h. */
#include "daemon/methods.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "check/audit.h"
#include "config.h"
#include "daemon/job.h"
#include "daemon/peer_log.h"
#include "rpc/interface.h"

/* Longer than any name can be, and short enough to be passed on. */
enum {
	PARAMETER_MOST = 255
};

static void answer_error(struct connection *connection, const char *error, const char *key,
			 const char *value)
{
	connection_answer_text(connection,
			       rpc_error_text(error, json_pack("{s:o}", key, rpc_string(value))));
}

static void invalid_parameter(struct connection *connection, const char *name)
{
	answer_error(connection, "org.varlink.service.InvalidParameter", "parameter", name);
}

struct parameter {
	const char *name;
	enum {
		PARAMETER_TEXT,
		PARAMETER_NUMBER,
		PARAMETER_SWITCH
	} type;
	bool optional;
	json_int_t least, most; /* of a number */
};

static bool is_good(const struct parameter *parameter, const json_t *given)
{
	json_int_t number = json_integer_value(given);

	switch (parameter->type) {
	case PARAMETER_TEXT:
		return json_is_string(given) && json_string_length(given) <= PARAMETER_MOST;
	case PARAMETER_NUMBER:
		return json_is_integer(given) && number >= parameter->least &&
		       number <= parameter->most;
	case PARAMETER_SWITCH:
		return json_is_boolean(given);
	}
	return false;
}

/* The parameters of a call, and no others: a new object; or NULL when the call has been answered,
 * as one is missing and must not be, or is nothing that could be meant. */
static json_t *take_parameters(struct connection *connection, const struct rpc_call *call,
			       const struct parameter *parameters, size_t count)
{
	json_t *taken = json_object();

	for (size_t i = 0; i < count; i++) {
		json_t *given = json_object_get(call->parameters, parameters[i].name);

		if (parameters[i].optional && (!given || json_is_null(given)))
			continue;
		if (!is_good(&parameters[i], given)) {
			invalid_parameter(connection, parameters[i].name);
			json_decref(taken);
			return NULL;
		}
		json_object_set(taken, parameters[i].name, given);
	}
	return taken;
}

static void get_info(struct front *front, struct connection *connection,
		     const struct rpc_call *call)
{
	json_t *interfaces = json_array();

	(void)front;
	(void)call;
	for (size_t i = 0; i < rpc_n_interfaces; i++)
		json_array_append_new(interfaces, json_string(rpc_interfaces[i].name));
	connection_answer_text(connection, rpc_reply_text(json_pack(
						   "{s:s, s:s, s:s, s:s, s:o}", "vendor", "fettle",
						   "product", "fettle", "version", PACKAGE_VERSION,
						   "url", "", "interfaces", interfaces)));
}

static void get_interface_description(struct front *front, struct connection *connection,
				      const struct rpc_call *call)
{
	static const struct parameter parameters[] = {{.name = "interface"}};
	json_t *taken = take_parameters(connection, call, parameters, ARRAY_SIZE(parameters));
	const struct rpc_interface *interface;
	const char *name;

	(void)front;
	if (!taken)
		return;
	name = json_string_value(json_object_get(taken, "interface"));
	interface = rpc_interface_find(name);
	if (!interface)
		answer_error(connection, "org.varlink.service.InterfaceNotFound", "interface",
			     name);
	else
		connection_answer_text(
			connection,
			rpc_reply_text(json_pack("{s:s}", "description", interface->description)));
	json_decref(taken);
}

static void get_status(struct front *front, struct connection *connection,
		       const struct rpc_call *call)
{
	(void)call;
	connection_answer_text(connection, rpc_reply_text(front_status(front)));
}

/* What only reads is asked once for all who want the same. */
static void ask(struct front *front, struct connection *connection, const struct rpc_call *call,
		const char *op, const struct parameter *parameters, size_t count)
{
	json_t *taken = take_parameters(connection, call, parameters, count);

	if (taken)
		front_ask_engine(front, connection, REQUEST_READS, op, taken);
}

/* What changes the host is done for each who asks, and in their name. */
static void ask_change(struct front *front, struct connection *connection,
		       const struct rpc_call *call, const char *op,
		       const struct parameter *parameters, size_t count)
{
	const struct credentials *who = connection_credentials(connection);
	json_t *taken = take_parameters(connection, call, parameters, count);

	if (!taken)
		return;
	json_object_set_new(taken, "uid", json_integer((json_int_t)who->uid));
	json_object_set_new(taken, "pid", json_integer((json_int_t)who->pid));
	front_ask_engine(front, connection, REQUEST_CHANGES, op, taken);
}

#define NETNS                                                                                      \
	{                                                                                          \
		.name = "netns", .optional = true                                                  \
	}

static const struct parameter of_profile[] = {{.name = "profile"}, NETNS};
static const struct parameter of_transaction[] = {{.name = "transaction",
						   .type = PARAMETER_NUMBER,
						   .least = 1,
						   .optional = true,
						   .most = INT64_MAX},
						  NETNS};

static void audit(struct front *front, struct connection *connection, const struct rpc_call *call)
{
	static const struct parameter parameters[] = {
		{.name = "profile", .optional = true},
		{.name = "sample_ms",
		 .type = PARAMETER_NUMBER,
		 .most = AUDIT_MOST_SAMPLE_MS,
		 .optional = true},
	};

	json_t *taken = take_parameters(connection, call, parameters, ARRAY_SIZE(parameters));
	bool lasts = json_integer_value(json_object_get(taken, "sample_ms")) > 0;

	if (taken)
		front_ask_engine(front, connection, lasts ? REQUEST_LASTS : REQUEST_READS, "audit",
				 taken);
}

static void probe(struct front *front, struct connection *connection, const struct rpc_call *call)
{
	static const struct parameter parameters[] = {
		{.name = "probe"},
		{.name = "path", .optional = true},
		{.name = "profile", .optional = true},
		NETNS,
	};

	json_t *taken = take_parameters(connection, call, parameters, ARRAY_SIZE(parameters));

	if (taken)
		front_ask_engine(front, connection, REQUEST_LASTS, "probe", taken);
}

static void list_profiles(struct front *front, struct connection *connection,
			  const struct rpc_call *call)
{
	ask(front, connection, call, "list", NULL, 0);
}

static void show_profile(struct front *front, struct connection *connection,
			 const struct rpc_call *call)
{
	static const struct parameter name = {.name = "name"};
	json_t *taken = take_parameters(connection, call, &name, 1);

	if (!taken)
		return;
	front_ask_engine(front, connection, REQUEST_READS, "show",
			 json_pack("{s:O}", "profile", json_object_get(taken, "name")));
	json_decref(taken);
}

static void plan(struct front *front, struct connection *connection, const struct rpc_call *call)
{
	ask(front, connection, call, "plan", of_profile, ARRAY_SIZE(of_profile));
}

static void list_transactions(struct front *front, struct connection *connection,
			      const struct rpc_call *call)
{
	ask(front, connection, call, "transactions", NULL, 0);
}

static void apply(struct front *front, struct connection *connection, const struct rpc_call *call)
{
	static const struct parameter parameters[] = {
		{.name = "profile"},
		{.name = "confirm_within_s",
		 .type = PARAMETER_NUMBER,
		 .least = 1,
		 .optional = true,
		 .most = JOB_MOST_CONFIRM_S},
		{.name = "persist", .type = PARAMETER_SWITCH, .optional = true},
		NETNS,
	};

	ask_change(front, connection, call, "apply", parameters, ARRAY_SIZE(parameters));
}

static void confirm(struct front *front, struct connection *connection, const struct rpc_call *call)
{
	ask_change(front, connection, call, "confirm", of_transaction, ARRAY_SIZE(of_transaction));
}

static void rollback(struct front *front, struct connection *connection,
		     const struct rpc_call *call)
{
	ask_change(front, connection, call, "rollback", of_transaction, ARRAY_SIZE(of_transaction));
}

static void persist(struct front *front, struct connection *connection, const struct rpc_call *call)
{
	ask_change(front, connection, call, "persist", of_profile, ARRAY_SIZE(of_profile));
}

static void unpersist(struct front *front, struct connection *connection,
		      const struct rpc_call *call)
{
	static const struct parameter netns = NETNS;

	ask_change(front, connection, call, "unpersist", &netns, 1);
}

/* What the front knows is open to all; what is read with root's rights takes the group; what
 * changes the host takes root. */
const struct method methods[] = {
	{"org.varlink.service.GetInfo", AUTH_READ, get_info},
	{"org.varlink.service.GetInterfaceDescription", AUTH_READ, get_interface_description},
	{"org.fettle.GetStatus", AUTH_READ, get_status},
	{"org.fettle.Audit", AUTH_GROUP, audit},
	{"org.fettle.Probe", AUTH_GROUP, probe},
	{"org.fettle.ListProfiles", AUTH_GROUP, list_profiles},
	{"org.fettle.ShowProfile", AUTH_GROUP, show_profile},
	{"org.fettle.Plan", AUTH_GROUP, plan},
	{"org.fettle.ListTransactions", AUTH_GROUP, list_transactions},
	{"org.fettle.Apply", AUTH_ADMIN, apply},
	{"org.fettle.Confirm", AUTH_ADMIN, confirm},
	{"org.fettle.Rollback", AUTH_ADMIN, rollback},
	{"org.fettle.Persist", AUTH_ADMIN, persist},
	{"org.fettle.Unpersist", AUTH_ADMIN, unpersist},
};

const size_t n_methods = ARRAY_SIZE(methods);

static const struct method *find(const char *name)
{
	for (size_t i = 0; i < n_methods; i++)
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	return NULL;
}

static void not_found(struct connection *connection, const char *name)
{
	const char *dot = strrchr(name, '.');
	_cleanup_free_ char *interface = NULL;

	if (!dot || dot == name || !dot[1]) {
		invalid_parameter(connection, "method");
		return;
	}
	interface = mem_strndup(name, (size_t)(dot - name));
	if (rpc_interface_find(interface))
		answer_error(connection, "org.varlink.service.MethodNotFound", "method", name);
	else
		answer_error(connection, "org.varlink.service.InterfaceNotFound", "interface",
			     interface);
}

static void deny(struct front *front, struct connection *connection, const struct method *method)
{
	const struct credentials *who = connection_credentials(connection);
	const struct settings *settings = front_settings(front);
	_cleanup_free_ char *required =
		method->level == AUTH_GROUP
			? mem_printf("root, or a member of group %s", settings->group)
			: mem_strdup("root");

	front_count_denied(front);
	peer_log_denied("denied %s to uid %u (pid %d): it takes %s", method->name, who->uid,
			who->pid, required);
	connection_answer_text(connection,
			       rpc_error_text("org.fettle.PermissionDenied",
					      json_pack("{s:s, s:o}", "method", method->name,
							"required", rpc_string(required))));
}

void methods_call(struct front *front, struct connection *connection, const struct rpc_call *call)
{
	const struct settings *settings = front_settings(front);
	const struct method *method = find(call->method);

	if (!method)
		not_found(connection, call->method);
	else if (credentials_allow(connection_credentials(connection), method->level,
				   settings->group_exists ? &settings->gid : NULL))
		method->run(front, connection, call);
	else
		deny(front, connection, method);
}
