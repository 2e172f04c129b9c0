/* cli/cmd_sockets.c - `fettle sockets`: live sockets, who holds them, and their real options. */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "check/audit.h"
#include "cli/choice.h"
#include "cli/local.h"
#include "cli/output.h"
#include "model/num.h"
#include "render/sockets.h"
#include "sock/walk.h"

enum {
	DEFAULT_SAMPLE_MS = 2000
};

/* One walk, and where it is written. */
struct listing {
	struct socket_choice choice;
	struct sockets_json *json;   /* one of the two, */
	struct sockets_table *table; /* as --format says */
	size_t unsure;
};

static int show(void *context, struct socket_record *record)
{
	struct listing *listing = context;
	bool unsure;

	if (!choice_matches(&listing->choice, record, &unsure)) {
		listing->unsure += unsure;
		return 0;
	}
	if (listing->json)
		sockets_json_add(listing->json, record);
	else
		sockets_table_add(listing->table, record);
	/* nobody reads on: output_finish() says so */
	return ferror(stdout) ? ECANCELED : 0;
}

static void end_list(struct listing *listing, struct socket_coverage *coverage)
{
	if (listing->unsure)
		socket_coverage_add(coverage, SHORTFALL_OWNERS, "left out by --process",
				    "not all of their owners are known", listing->unsure);
	if (listing->json)
		sockets_json_end(listing->json, coverage);
	else
		sockets_table_end(listing->table, coverage);
}

static int parse_source(const struct cli *cli, struct sock_walk_options *out, struct err *err)
{
	static const struct {
		const char *name;
		enum sock_source_kind kind;
	} sources[] = {
		{"auto", SOCK_SOURCE_AUTO},
		{"bpf", SOCK_SOURCE_BPF},
		{"pidfd", SOCK_SOURCE_PIDFD},
		{"none", SOCK_SOURCE_PROC},
	};
	struct num most;

	for (size_t i = 0; cli->options_from && i < ARRAY_SIZE(sources); i++) {
		if (str_equal(cli->options_from, sources[i].name))
			out->source = sources[i].kind;
	}
	if (!cli->most)
		return 0;
	if (out->source != SOCK_SOURCE_PIDFD)
		return err_set(err, EINVAL,
			       "--most bounds what --options pidfd reads, and makes "
			       "no sense without it");
	if (num_parse(cli->most, strlen(cli->most), &most) < 0 || most.negative ||
	    !most.magnitude || most.magnitude > SIZE_MAX)
		return err_set(err, EINVAL, "--most is a number of sockets from 1, not '%s'",
			       cli->most);
	out->source_options.most = (size_t)most.magnitude;
	return 0;
}

/* What belongs to the list alone, or to the findings alone, is an error with the other. */
static int check_together(const struct cli *cli, struct err *err)
{
	const struct {
		const char *name;
		bool given, of_findings;
	} options[] = {
		{"--listen", cli->listen, false},           {"--state", cli->state != NULL, false},
		{"--kind", cli->kind != NULL, false},       {"--port", cli->port != NULL, false},
		{"--process", cli->process != NULL, false}, {"--sample", cli->sample != NULL, true},
		{"--fail-on", cli->fail_on != NULL, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (!options[i].given || options[i].of_findings == cli->findings)
			continue;
		if (cli->findings)
			return err_set(err, EINVAL,
				       "%s chooses what is listed; --findings judges all sockets: "
				       "leave one of them out",
				       options[i].name);
		return err_set(err, EINVAL, "%s goes with --findings", options[i].name);
	}
	return 0;
}

static enum cli_exit fail_walk(const struct err *err)
{
	bool denied = err->code == EACCES || err->code == EPERM;

	return output_fail(denied ? CLI_NOT_PERMITTED : CLI_INCOMPLETE, err);
}

static enum cli_exit list_sockets(const struct cli *cli, const struct sock_walk_options *walk,
				  const struct socket_choice *choice)
{
	struct listing listing = {.choice = *choice};
	struct socket_coverage coverage = {0};
	enum cli_exit code;
	struct err err = {0};
	int r;

	if (str_equal(cli->format, "json"))
		listing.json = sockets_json_begin(stdout);
	else
		listing.table = sockets_table_begin(&cli->render, stdout);
	r = sock_walk(walk, show, &listing, &coverage, &err);
	if (r < 0)
		socket_coverage_add(&coverage, SHORTFALL_SOCKETS, "the rest of the list", err.text,
				    0);
	end_list(&listing, &coverage);
	code = socket_coverage_find(&coverage, SHORTFALL_SOCKETS) ? CLI_INCOMPLETE : CLI_FINE;
	socket_coverage_fini(&coverage);
	return r < 0 ? fail_walk(&err) : code;
}

static enum cli_exit judge(const struct cli *cli, const struct sock_walk_options *walk,
			   const struct netns_list *namespaces)
{
	struct live_options live = {.namespaces = cli->netns ? namespaces : NULL,
				    .source = walk->source,
				    .pidfd_most = walk->source_options.most};
	_cleanup_(report_freep) struct report *report = NULL;
	_cleanup_(host_freep) struct host *host = NULL;
	struct err err;

	if (local_sample(cli, DEFAULT_SAMPLE_MS, &live.sample_ms, &err) < 0)
		return output_fail(CLI_USAGE, &err);
	if (local_host(cli, &host, &err) < 0)
		return output_fail_input(&err);
	report = audit_live(host, &live);
	return output_report(cli, report);
}

enum cli_exit cmd_sockets(const struct cli *cli)
{
	_cleanup_(netns_list_fini) struct netns_list namespaces = {0};
	struct sock_walk_options walk = {.source = SOCK_SOURCE_AUTO};
	_cleanup_(choice_fini) struct socket_choice choice = {.processes = NULL};
	struct err err;

	if (check_together(cli, &err) < 0 || choice_parse(cli, &choice, &err) < 0 ||
	    parse_source(cli, &walk, &err) < 0)
		return output_fail(err.code == ESRCH ? CLI_BAD_INPUT : CLI_USAGE, &err);
	if (cli->netns && local_namespaces(cli, &namespaces, &err) < 0)
		return output_fail_input(&err);
	if (cli->findings)
		return judge(cli, &walk, &namespaces);
	walk.filter = choice.filter;
	walk.namespaces = cli->netns ? &namespaces : NULL;
	return list_sockets(cli, &walk, &choice);
}
