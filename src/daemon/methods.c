/* daemon/methods.c - see methods.h. */
#include "daemon/methods.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config.h"
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

/* The string parameter `name` in `*value`, NULL when it was left out. False when the call has been
 * answered: it is missing and must not be, or is no string that could name anything. */
static bool take_string(struct connection *connection, const struct rpc_call *call,
			const char *name, bool optional, const char **value)
{
	const json_t *given = json_object_get(call->parameters, name);

	*value = json_string_value(given);
	if (*value ? json_string_length(given) <= PARAMETER_MOST
		   : optional && (!given || json_is_null(given)))
		return true;
	invalid_parameter(connection, name);
	return false;
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
	const struct rpc_interface *interface;
	const char *name;

	(void)front;
	if (!take_string(connection, call, "interface", false, &name))
		return;
	interface = rpc_interface_find(name);
	if (!interface)
		answer_error(connection, "org.varlink.service.InterfaceNotFound", "interface",
			     name);
	else
		connection_answer_text(
			connection,
			rpc_reply_text(json_pack("{s:s}", "description", interface->description)));
}

static void get_status(struct front *front, struct connection *connection,
		       const struct rpc_call *call)
{
	(void)call;
	connection_answer_text(connection, rpc_reply_text(front_status(front)));
}

static void audit(struct front *front, struct connection *connection, const struct rpc_call *call)
{
	const char *profile;

	if (take_string(connection, call, "profile", true, &profile))
		front_ask_engine(front, connection, "audit", profile);
}

static void list_profiles(struct front *front, struct connection *connection,
			  const struct rpc_call *call)
{
	(void)call;
	front_ask_engine(front, connection, "list", NULL);
}

static void show_profile(struct front *front, struct connection *connection,
			 const struct rpc_call *call)
{
	const char *name;

	if (take_string(connection, call, "name", false, &name))
		front_ask_engine(front, connection, "show", name);
}

/* What the front knows is open to all; what is read with root's rights takes the group. */
const struct method methods[] = {
	{"org.varlink.service.GetInfo", AUTH_READ, get_info},
	{"org.varlink.service.GetInterfaceDescription", AUTH_READ, get_interface_description},
	{"org.fettle.GetStatus", AUTH_READ, get_status},
	{"org.fettle.Audit", AUTH_GROUP, audit},
	{"org.fettle.ListProfiles", AUTH_GROUP, list_profiles},
	{"org.fettle.ShowProfile", AUTH_GROUP, show_profile},
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
	peer_log("denied %s to uid %u (pid %d): it takes %s", method->name, who->uid, who->pid,
		 required);
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
