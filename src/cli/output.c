/* cli/output.c - see output.h. */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/num.h"

int output_check_streams(struct err *err)
{
	static const int others[] = {STDIN_FILENO, STDERR_FILENO};

	if (fcntl(STDOUT_FILENO, F_GETFD) < 0)
		return err_set(err, EBADF, "standard output is closed");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		/* the lowest free number is the one that is missing */
		if (fcntl(others[i], F_GETFD) < 0 && open("/dev/null", O_RDWR) != others[i])
			return err_set(err, EBADF, "cannot open /dev/null: %s", strerror(errno));
	}
	return 0;
}

/* COLUMNS says it for whatever output is (environ(7)); else a terminal knows, and a pipe or a file
 * has no width: 0. */
static unsigned output_width(bool terminal)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	struct num n;

	if (columns && num_parse(columns, strlen(columns), &n) == 0 && !n.negative && n.magnitude &&
	    n.magnitude < 10000)
		return (unsigned)n.magnitude;
	if (!terminal)
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return 80;
}

struct render_options output_options(const char *color)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	bool terminal = isatty(STDOUT_FILENO);
	struct render_options options = {.width = output_width(terminal)};

	if (str_equal(color, "always"))
		options.color = true;
	else if (!str_equal(color, "never"))
		options.color = terminal && !(no_color && *no_color) && !str_equal(term, "dumb");
	return options;
}

void output_json(json_t *json)
{
	if (json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII) == 0)
		putchar('\n');
	json_decref(json);
}

enum cli_exit output_finish(enum cli_exit code)
{
	/* a write that failed before may leave nothing for fflush(3) to fail on */
	bool failed = ferror(stdout) != 0;

	errno = 0;
	if (fflush(stdout) == 0 && !failed)
		return code;
	output_note("cannot write to standard output: %s",
		    errno ? strerror(errno) : "not all of it was taken");
	return CLI_INTERNAL;
}

enum cli_exit output_report(const struct cli *cli, const struct report *report)
{
	const struct renderer *renderer = cli->format ? render_find(cli->format) : &renderers[0];
	struct render_options options = cli->render;

	options.fail_on = cli->fail_on ? severity_by_name(cli->fail_on) : SEVERITY_WARNING;
	renderer->render(report, &options, stdout);
	return (enum cli_exit)report_verdict(report, options.fail_on);
}

static void print_line(const char *text)
{
	_cleanup_free_ char *shown = str_printable(text);

	fflush(stdout); /* in the order it was said, where both are one terminal */
	fprintf(stderr, "fettle: %s\n", shown);
}

void output_note(const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	print_line(text ? text : format);
}

enum cli_exit output_fail(enum cli_exit code, const struct err *err)
{
	char text[sizeof(err->file) + sizeof(err->text) + 64];

	print_line(err_format(err, text, sizeof(text)));
	return code;
}

enum cli_exit output_fail_input(const struct err *err)
{
	bool denied = err->code == EACCES || err->code == EPERM;

	return output_fail(denied ? CLI_NOT_PERMITTED : CLI_BAD_INPUT, err);
}
