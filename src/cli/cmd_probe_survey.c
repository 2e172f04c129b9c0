/* cli/cmd_probe_survey.c - `fettle probe survey`: what live connections, and closing ones, have
 * measured of their paths. It sends nothing and connects to nothing, so it is done here and not by
 * fettle-probe. */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>

#include "base/str.h"
#include "cli/duration.h"
#include "cli/local.h"
#include "cli/output.h"
#include "cli/probe.h"
#include "cli/show_survey.h"
#include "sock/survey_destroy.h"
#include "sock/walk.h"

enum {
	LATE_MS = 100,       /* the kernel tells of a socket that closed a moment later */
	LISTENERS_MS = 1000, /* between two looks for them */
};

struct session {
	const struct cli *cli;
	struct survey *survey;
	const struct netns_list *namespaces; /* NULL: our own */
	struct socket_coverage *coverage;
	uint64_t for_ms, listeners_ms; /* how long to listen; when it last looked for listeners */
};

static int take_live(void *context, struct socket_record *record)
{
	struct session *session = context;

	survey_add(session->survey, record, false);
	return 0;
}

static int take_closing(void *context, struct socket_record *record)
{
	struct session *session = context;

	survey_add(session->survey, record, true);
	return 0;
}

static int look(struct session *session, struct err *err)
{
	const struct sock_walk_options walk = {
		.filter = {.kinds = 1 << SOCKET_TCP},
		.namespaces = session->namespaces,
		.bare = true,
	};

	return sock_walk(&walk, take_live, session, session->coverage, err);
}

/* A service that starts meanwhile must be known for one before its connections close. */
static void look_for_listeners(struct session *session)
{
	const struct sock_walk_options walk = {
		.filter = {.kinds = 1 << SOCKET_TCP, .states = 1 << SOCKET_LISTEN, .brief = true},
		.namespaces = session->namespaces,
		.bare = true,
	};
	_cleanup_(socket_coverage_fini) struct socket_coverage ignored = {0};
	struct err err;

	if (sock_walk(&walk, take_live, session, &ignored, &err) < 0)
		return; /* the look at the end says so */
}

static void show_progress(const struct session *session, uint64_t elapsed_ms)
{
	_cleanup_free_ char *line = NULL;

	if (!probe_is_watched())
		return;
	line = mem_printf(
		"listening for connections that close: %zu so far, %" PRIu64 " s of %" PRIu64 " s",
		survey_count(session->survey).closed, elapsed_ms / 1000, session->for_ms / 1000);
	probe_show_progress(line);
}

static void tick(void *context, uint64_t elapsed_ms)
{
	struct session *session = context;

	show_progress(session, elapsed_ms);
	if (elapsed_ms < session->listeners_ms + LISTENERS_MS)
		return;
	session->listeners_ms = elapsed_ms;
	look_for_listeners(session);
}

/* A connection that closes while the last look goes on is told at the end, and counts once. */
static int look_and_listen(struct session *session, struct err *err)
{
	_cleanup_(survey_destroy_freep) struct survey_destroy *destroy =
		survey_destroy_open(session->namespaces, session->coverage);
	int r = look(session, err);

	if (r < 0)
		return r;
	survey_destroy_listen(destroy, session->for_ms, take_closing, tick, session);
	if (probe_is_watched())
		probe_show_progress("");
	r = look(session, err);
	survey_destroy_listen(destroy, LATE_MS, take_closing, NULL, session);
	survey_destroy_cover(destroy, session->coverage);
	return r;
}

/* What is beyond the bounds is counted; that is all that can be said of it. */
static void cover_the_rest(const struct session *session)
{
	size_t left_out = survey_count(session->survey).left_out;

	if (left_out)
		socket_coverage_add(session->coverage, SHORTFALL_SOCKETS, "connections",
				    "more than are kept, or to more destinations", left_out);
}

static enum cli_exit survey(struct session *session)
{
	bool json = str_equal(session->cli->format, "json");
	struct survey_made made = {.looks = session->for_ms ? 2 : 1,
				   .listened = session->for_ms,
				   .listened_ms = session->for_ms,
				   .coverage = session->coverage};
	struct err err;
	int r = session->for_ms ? look_and_listen(session, &err) : look(session, &err);

	if (r < 0)
		return output_fail(r == -EPERM || r == -EACCES ? CLI_NOT_PERMITTED : CLI_INCOMPLETE,
				   &err);
	cover_the_rest(session);
	survey_finish(session->survey);
	if (json)
		show_survey_json(session->survey, &made);
	else
		show_survey_table(session->cli, session->survey, &made);
	return socket_coverage_find(session->coverage, SHORTFALL_SOCKETS) ? CLI_INCOMPLETE
									  : CLI_FINE;
}

enum cli_exit cmd_probe_survey(const struct cli *cli)
{
	static const struct duration_bounds bounds = {1, 24 * 60 * 60 * 1000, 1,
						      "a time up to 1d, such as 10s"};
	_cleanup_(netns_list_fini) struct netns_list namespaces = {0};
	_cleanup_(socket_coverage_fini) struct socket_coverage coverage = {0};
	_cleanup_(survey_freep) struct survey *kept = survey_new();
	struct session session = {.cli = cli, .survey = kept, .coverage = &coverage};
	struct err err;

	if (cli->for_time &&
	    duration_parse("--for", cli->for_time, &bounds, &session.for_ms, &err) < 0)
		return output_fail(CLI_USAGE, &err);
	if (cli->netns && local_namespaces(cli, &namespaces, &err) < 0)
		return output_fail_input(&err);
	if (cli->netns)
		session.namespaces = &namespaces;
	return survey(&session);
}
