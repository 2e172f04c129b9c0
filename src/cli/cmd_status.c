/* cli/cmd_status.c - `fettle status`: how the daemon is doing. */
#include "cli/cli.h"

#include <inttypes.h>

#include "apply/spawn.h"
#include "base/str.h"
#include "cli/daemon.h"
#include "cli/output.h"
#include "render/columns.h"

/* A member as text, the caller's; "unknown" for one that is not there. */
static char *member(const json_t *status, const char *name)
{
	const json_t *value = json_object_get(status, name);

	if (json_is_string(value))
		return mem_strdup(json_string_value(value));
	if (json_is_integer(value))
		return mem_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return mem_strdup("unknown");
}

/* "3d 4h", "5m 12s": the two largest parts. */
static char *duration(const json_t *seconds)
{
	static const struct {
		json_int_t seconds;
		char name;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	json_int_t left = json_integer_value(seconds);
	struct strbuf out = {0};
	int parts = 0;

	if (!json_is_integer(seconds) || left < 0)
		return mem_strdup("unknown");
	for (size_t i = 0; i < ARRAY_SIZE(units) && parts < 2; i++) {
		if (left < units[i].seconds && !(units[i].seconds == 1 && !parts))
			continue;
		strbuf_printf(&out, "%s%" JSON_INTEGER_FORMAT "%c", parts++ ? " " : "",
			      left / units[i].seconds, units[i].name);
		left %= units[i].seconds;
	}
	return strbuf_take(&out);
}

/* "server at 2026-08-01T12:00:00Z: 31 pass, 6 fail" */
static char *last_audit(const json_t *last)
{
	_cleanup_free_ char *profile = member(last, "profile"), *time = member(last, "time");
	struct strbuf out = {0};
	const char *name, *between = ": ";
	json_t *count;

	if (!json_is_object(last))
		return mem_strdup("none yet");
	strbuf_printf(&out, "%s at %s", profile, time);
	json_object_foreach(json_object_get(last, "verdicts"), name, count)
	{
		if (json_integer_value(count) <= 0)
			continue;
		strbuf_printf(&out, "%s%" JSON_INTEGER_FORMAT " %s", between,
			      json_integer_value(count), name);
		between = ", ";
	}
	return strbuf_take(&out);
}

static void add_row(struct columns *rows, const char *name, char *value)
{
	columns_add(rows, STYLE_PLAIN, name, NULL, value)->styles[0] = STYLE_DIM;
	free(value);
}

static void print_table(const struct cli *cli, const json_t *status)
{
	static const struct {
		const char *title, *name;
	} members[] = {
		{"version", "version"},           {"pid", "pid"},
		{"started", "started"},           {"active profile", "active_profile"},
		{"profile path", "profile_path"}, {"connections", "connections"},
		{"requests", "requests"},         {"denied", "denied"},
	};
	_cleanup_columns_ struct columns rows = {0};
	_cleanup_free_ char *text = NULL;

	add_row(&rows, "socket", mem_strdup(daemon_socket(cli)));
	add_row(&rows, "up for", duration(json_object_get(status, "uptime_s")));
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		add_row(&rows, members[i].title, member(status, members[i].name));
	add_row(&rows, "last audit", last_audit(json_object_get(status, "last_audit")));
	columns_fit(&rows, cli->render.width);
	text = columns_to_text(&rows, cli->render.color);
	fputs(text, stdout);
}

enum cli_exit cmd_status(const struct cli *cli)
{
	struct daemon_failure failure;
	json_t *status = NULL;

	if (daemon_call(cli, DAEMON_SOON, "GetStatus", NULL, &status, &failure) < 0) {
		output_fail(failure.exit, &failure.err);
		if (failure.exit == CLI_NO_DAEMON)
			output_note("is fettled running? %s; every other command works without it",
				    spawn_is_systemd_here()
					    ? "`systemctl status fettled.socket fettled` tells"
					    : "`sudo fettled --user nobody` starts it");
		return failure.exit;
	}
	if (str_equal(cli->format, "json"))
		output_json(json_incref(status));
	else
		print_table(cli, status);
	json_decref(status);
	return CLI_FINE;
}
