/* cli/cmd_reflect.c - `fettle reflect`: the far end of `fettle probe bdp`, until it is ended. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>

#include "base/str.h"
#include "cli/output.h"
#include "cli/probe.h"
#include "cli/probe_words.h"
#include "cli/rows.h"

static void show(void *context, const json_t *progress)
{
	const char *event = rows_text(progress, "event"), *peer = rows_text(progress, "peer"),
		   *text = rows_text(progress, "text");
	_cleanup_free_ char *line = NULL;

	(void)context;
	if (!event || !peer || !text)
		return;
	line = mem_printf("%-9s %s: %s", event, peer, text);
	rows_line(line);
	fflush(stdout);
}

enum cli_exit cmd_reflect(const struct cli *cli)
{
	_cleanup_(measure_fini) struct measure measure = {.probe = "reflect", .progress = show};
	_cleanup_free_ char *token = NULL;
	json_t *result = NULL;
	enum cli_exit code;
	struct err err;

	if (!cli->listen_on) {
		output_note("--listen ADDR[:PORT] says where to wait: it listens nowhere by "
			    "itself; *:4433 is every address");
		return CLI_USAGE;
	}
	if (probe_words_limits(cli, &measure, &err) < 0)
		return output_fail(CLI_USAGE, &err);
	if (probe_words_token(cli, &token, &err) < 0)
		return err.code == EINVAL ? output_fail(CLI_USAGE, &err) : output_fail_input(&err);
	measure.input = token;
	measure_add(&measure, "listen", cli->listen_on);
	measure_add(&measure, "once", cli->once ? "1" : NULL);
	code = probe_run(&measure, &result);
	json_decref(result);
	return code;
}
