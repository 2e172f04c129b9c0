/* cli/probe.c - see probe.h. The program stands beside this one in a build tree, and in libexec
 * where it is installed. */
#include "cli/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/str.h"
#include "cli/output.h"

enum {
	LINE_MOST = 1 << 20, /* of what it prints; more is no answer of ours */
};

void probe_call_add(struct probe_call *call, const char *name, const char *value)
{
	if (value)
		*MEM_APPEND(call->words, call->count) = mem_printf("%s=%s", name, value);
}

void probe_call_fini(struct probe_call *call)
{
	for (size_t i = 0; i < call->count; i++)
		free(call->words[i]);
	free(call->words);
}

static char *find_program(void)
{
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash, *beside;

	if (len > 0) {
		self[len] = '\0';
		slash = strrchr(self, '/');
		*slash = '\0';
		beside = mem_printf("%s/fettle-probe", self);
		if (access(beside, X_OK) == 0)
			return beside;
		free(beside);
	}
	return mem_strdup(FETTLE_LIBEXECDIR "/fettle-probe");
}

/* A pipe for its input that has the text and then ends; /dev/null when there is none. */
static int make_input(const char *text, struct err *err)
{
	_cleanup_fd_ int to = -1;
	int fds[2];

	if (!text)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(err, errno, "cannot make a pipe: %s", strerror(errno));
	to = fds[1];
	if (write(to, text, strlen(text)) == (ssize_t)strlen(text))
		return fds[0];
	close(fds[0]);
	return err_set(err, EIO, "cannot write to a pipe: %s", strerror(errno));
}

static int start(const struct probe_call *call, pid_t *pid, struct err *err)
{
	_cleanup_free_ char *program = find_program();
	_cleanup_free_ char **argv = mem_alloc_array(call->count + 3, sizeof(*argv));
	_cleanup_fd_ int input = make_input(call->input, err), write_end = -1;
	posix_spawn_file_actions_t actions;
	int fds[2], r;

	if (input < 0)
		return input;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(err, errno, "cannot make a pipe: %s", strerror(errno));
	write_end = fds[1];
	argv[0] = program;
	argv[1] = (char *)call->name;
	if (call->count)
		memcpy(argv + 2, call->words, call->count * sizeof(*argv));
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, write_end, STDOUT_FILENO);
	r = posix_spawn(pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r == 0)
		return fds[0];
	close(fds[0]);
	return err_set(err, r, "cannot run %s: %s", program, strerror(r));
}

/* What each line says: progress, or the end. */
static int read_answer(const struct cli *cli, const struct probe_call *call, FILE *from,
		       json_t **result, struct err *err)
{
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	ssize_t len;

	while ((len = getline(&line, &room, from)) > 0 && len < LINE_MOST) {
		json_t *object = json_loadb(line, (size_t)len, 0, NULL), *progress;

		if (!json_is_object(object)) {
			json_decref(object);
			return err_set(err, EPROTO, "fettle-probe said what is no JSON object");
		}
		progress = json_object_get(object, "progress");
		if (!progress) {
			*result = object;
			return 0;
		}
		if (call->progress)
			call->progress(cli, progress);
		json_decref(object);
	}
	return err_set(err, EPROTO, "fettle-probe ended without an answer");
}

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

/* Its standard error is ours: a sanitizer or the linker may have something to say. */
enum cli_exit probe_run(const struct cli *cli, const struct probe_call *call, json_t **result)
{
	_cleanup_fclose_ FILE *from = NULL;
	json_t *answer = NULL;
	int status = 0, fd, r;
	struct err err;
	pid_t pid;

	fflush(stdout);
	fd = start(call, &pid, &err);
	if (fd < 0)
		return output_fail(CLI_INTERNAL, &err);
	from = fdopen(fd, "r");
	r = read_answer(cli, call, from, &answer, &err);
	if (probe_is_watched())
		probe_show_progress("");
	if (r < 0)
		kill(pid, SIGTERM);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r == 0)
		return judge(answer, result);
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM)
		err_set(&err, EPROTO, "fettle-probe was ended by signal %d (%s)%s",
			WTERMSIG(status), strsignal(WTERMSIG(status)),
			WTERMSIG(status) == SIGSYS ? ": a system call that it may not make" : "");
	return output_fail(CLI_INTERNAL, &err);
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
