/* cli/probe.c - see probe.h. */
#include "cli/probe.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/output.h"

static enum cli_exit exit_of(const char *code)
{
	static const struct {
		const char *code;
		enum cli_exit exit;
	} exits[] = {
		{"EACCES", CLI_NOT_PERMITTED}, {"EPERM", CLI_NOT_PERMITTED}, {"EINVAL", CLI_USAGE},
		{"ENOENT", CLI_BAD_INPUT},     {"EBUSY", CLI_BUSY},
	};

	for (size_t i = 0; i < ARRAY_SIZE(exits); i++) {
		if (str_equal(code, exits[i].code))
			return exits[i].exit;
	}
	return CLI_INCOMPLETE;
}

static enum cli_exit judge(json_t *answer, json_t **result)
{
	const json_t *error = json_object_get(answer, "error");
	const char *text = json_string_value(json_object_get(error, "text"));
	enum cli_exit code = exit_of(json_string_value(json_object_get(error, "code")));

	if (!error) {
		*result = answer;
		return CLI_FINE;
	}
	output_note("%s", text ? text : "the probe failed and did not say why");
	json_decref(answer);
	return code;
}

enum cli_exit probe_run(const struct measure *measure, json_t **result)
{
	json_t *answer = NULL;
	struct err err;
	int r;

	fflush(stdout);
	r = measure_run(measure, &answer, &err);
	if (probe_is_watched())
		probe_show_progress("");
	return r < 0 ? output_fail(CLI_INTERNAL, &err) : judge(answer, result);
}

bool probe_is_watched(void)
{
	return isatty(STDERR_FILENO) == 1;
}

void probe_show_progress(const char *line)
{
	struct winsize size = {.ws_col = 80};

	ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	fprintf(stderr, "\r%.*s\033[K", size.ws_col > 1 ? size.ws_col - 1 : 79, line);
	if (!*line)
		fputc('\r', stderr);
	fflush(stderr);
}
