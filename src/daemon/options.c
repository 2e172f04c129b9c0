/* daemon/options.c - see options.h. */
#include "daemon/options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "profile/config.h"
#include "profile/search.h"

enum row_index {
	ROW_SOCKET,
	ROW_CONFIG,
	ROW_PROFILE_PATH,
	ROW_SYSCTL_ROOT,
	ROW_STATE_DIR,
	ROW_ROOT,
	ROW_PROBE,
	ROW_USER,
	ROW_JOB_SOCKETS,
	ROW_JOB,
	ROW_LOG_LEVEL,
	ROW_HELP,
	ROW_VERSION,
	ROWS
};

const struct options_row options_rows[ROWS + 1] = {
	[ROW_SOCKET] = {"socket", "PATH",
			"listen here, unless systemd passes a socket (" FETTLE_RUNDIR
			"/fettle.sock)",
			offsetof(struct options, socket_path)},
	[ROW_CONFIG] = {"config", "FILE", "the configuration (" FETTLE_SYSCONFDIR "/fettle.yaml)",
			offsetof(struct options, config_file)},
	[ROW_PROFILE_PATH] = {"profile-path", "DIR:DIR",
			      "where profiles are looked for, first match wins",
			      offsetof(struct options, profile_path)},
	[ROW_SYSCTL_ROOT] = {"sysctl-root", "DIR", "audit this tree instead of /proc/sys",
			     offsetof(struct options, sysctl_root)},
	[ROW_STATE_DIR] = {"state-dir", "DIR", "where the journal is (" FETTLE_STATEDIR ")",
			   offsetof(struct options, state_dir)},
	[ROW_ROOT] = {"root", "DIR", "write files below DIR/etc, and read there what a boot would",
		      offsetof(struct options, root)},
	[ROW_PROBE] = {"probe", "FILE",
		       "the program that measures (" FETTLE_LIBEXECDIR "/fettle-probe)",
		       offsetof(struct options, probe)},
	[ROW_USER] = {"user", "NAME",
		      "the user that the part facing clients runs as (fettle, or as configured)",
		      offsetof(struct options, user)},
	[ROW_JOB_SOCKETS] = {"job-sockets", "DIR",
			     "have jobs done by the services that listen in DIR, on the sockets "
			     "look, change and measure",
			     offsetof(struct options, job_sockets)},
	[ROW_JOB] = {"job", NULL,
		     "be such a service: do the one job that is asked for on standard input", 0},
	[ROW_LOG_LEVEL] = {"log-level", "LEVEL",
			   "error, warning, notice, info (the default) or debug", 0},
	[ROW_HELP] = {"help", NULL, "show this and exit", 0},
	[ROW_VERSION] = {"version", NULL, "show the version and exit", 0},
};

static const struct {
	const char *name;
	enum log_level level;
} levels[] = {
	{"error", LOG_LEVEL_ERROR}, {"warning", LOG_LEVEL_WARNING}, {"notice", LOG_LEVEL_NOTICE},
	{"info", LOG_LEVEL_INFO},   {"debug", LOG_LEVEL_DEBUG},
};

/* Words between `column` and the width of a terminal; one that is wider, a path, stays whole. */
static void put_words(FILE *out, const char *words, size_t column)
{
	static const size_t width = 80;
	size_t at = column;

	for (size_t len; *words; words += len, words += strspn(words, " ")) {
		len = strcspn(words, " ");
		if (at > column && at + 1 + len > width) {
			fprintf(out, "\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			fputs(" ", out);
			at++;
		}
		fprintf(out, "%.*s", (int)len, words);
		at += len;
	}
	fputs("\n", out);
}

void options_help(FILE *out)
{
	fputs("Usage: fettled [OPTION]...\n", out);
	put_words(out,
		  "Audits and changes this host's kernel network settings on behalf of local "
		  "clients.",
		  0);
	fputs("\n", out);
	for (size_t i = 0; i < ROWS; i++) {
		_cleanup_free_ char *left = mem_printf(
			"--%s%s%s", options_rows[i].name, options_rows[i].argument ? " " : "",
			options_rows[i].argument ? options_rows[i].argument : "");

		fprintf(out, "  %-24s  ", left);
		put_words(out, options_rows[i].help, 28);
	}
	fputs("\n", out);
	put_words(out,
		  "SIGHUP reads the configuration again; SIGTERM finishes what is running, breaks "
		  "off samples and measurements, and ends.",
		  0);
}

static int set_log_level(const char *name, struct options *options, struct err *err)
{
	const char *names[ARRAY_SIZE(levels)];
	char hint[64];

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		names[i] = levels[i].name;
		if (strcmp(name, levels[i].name) == 0) {
			options->log_level = levels[i].level;
			return 0;
		}
	}
	return err_set(err, EINVAL,
		       "--log-level %s: expected error, warning, notice, info or debug%s", name,
		       str_did_you_mean(name, names, ARRAY_SIZE(names), hint, sizeof(hint)));
}

static int refuse(char **argv, int found, struct err *err)
{
	const char *names[ROWS], *given = argv[optind - 1];
	_cleanup_free_ char *word = mem_strdup(given);
	char hint[64];

	if (found == ':')
		return err_set(err, EINVAL, "%s: needs an argument", given);
	if (optopt && !str_starts(given, "--"))
		return err_set(err, EINVAL, "%s: not an option", given);
	word[strcspn(word, "=")] = '\0';
	for (size_t i = 0; i < ROWS; i++) {
		names[i] = options_rows[i].name;
		if (!options_rows[i].argument && str_equal(word + 2, options_rows[i].name))
			return err_set(err, EINVAL, "%s: takes no argument", word);
	}
	return err_set(err, EINVAL, "%s: not an option%s", word,
		       str_did_you_mean(word + 2, names, ARRAY_SIZE(names), hint, sizeof(hint)));
}

static int take(enum row_index row, struct options *options, enum options_action *action,
		struct err *err)
{
	switch (row) {
	case ROW_HELP:
		*action = OPTIONS_HELP;
		return 0;
	case ROW_VERSION:
		*action = OPTIONS_VERSION;
		return 0;
	case ROW_JOB:
		options->job = true;
		return 0;
	case ROW_LOG_LEVEL:
		return set_log_level(optarg, options, err);
	default:
		if (!*optarg)
			return err_set(err, EINVAL, "--%s: is empty", options_rows[row].name);
		memcpy((char *)options + options_rows[row].offset, &optarg, sizeof(optarg));
		return 0;
	}
}

int options_parse(int argc, char **argv, struct options *out, enum options_action *action,
		  struct err *err)
{
	struct option table[ROWS + 1] = {0};
	struct options options = {
		.socket_path = FETTLE_RUNDIR "/fettle.sock",
		.config_file = config_default_file,
		.profile_path = profile_default_path,
		.sysctl_root = "/proc/sys",
		.probe = FETTLE_LIBEXECDIR "/fettle-probe",
		.log_level = LOG_LEVEL_INFO,
	};
	int found, row, r;

	for (size_t i = 0; i < ROWS; i++)
		table[i] = (struct option){
			.name = options_rows[i].name,
			.has_arg = options_rows[i].argument ? required_argument : no_argument,
		};
	*action = OPTIONS_RUN;
	opterr = 0;
	optind = 0; /* start anew, also after an earlier parse (getopt(3), Notes) */
	while ((found = getopt_long(argc, argv, "+:", table, &row)) != -1) {
		r = found ? refuse(argv, found, err)
			  : take((enum row_index)row, &options, action, err);
		if (r < 0)
			return r;
		if (*action != OPTIONS_RUN)
			return 0;
	}
	if (optind < argc)
		return err_set(err, EINVAL, "%s: fettled takes options only", argv[optind]);
	*out = options;
	return 0;
}
