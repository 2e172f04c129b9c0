/* measure/measure.c - see measure.h. */
#include "measure/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"

enum {
	LINE_MOST = 1 << 20, /* of what it prints; more is no answer of ours */
};

void measure_add(struct measure *measure, const char *name, const char *value)
{
	if (value)
		*MEM_APPEND(measure->words, measure->count) = mem_printf("%s=%s", name, value);
}

void measure_fini(struct measure *measure)
{
	for (size_t i = 0; i < measure->count; i++)
		free(measure->words[i]);
	free(measure->words);
}

char *measure_find_program(void)
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

	if (!text) {
		int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

		return fd < 0 ? err_set(err, errno, "/dev/null: %s", strerror(errno)) : fd;
	}
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(err, errno, "cannot make a pipe: %s", strerror(errno));
	to = fds[1];
	if (write(to, text, strlen(text)) == (ssize_t)strlen(text))
		return fds[0];
	close(fds[0]);
	return err_set(err, EIO, "cannot write to a pipe: %s", strerror(errno));
}

/* With no signal blocked: a daemon blocks those that would end what it starts. */
static int spawn(const char *program, char *const *argv, int input, int output, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int r;

	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	r = posix_spawn(pid, program, &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return r;
}

int measure_start(const struct measure *measure, struct measure_running *out, struct err *err)
{
	_cleanup_free_ char *program =
		measure->program ? mem_strdup(measure->program) : measure_find_program();
	_cleanup_free_ char **argv = mem_alloc_array(measure->count + 3, sizeof(*argv));
	_cleanup_fd_ int input = make_input(measure->input, err), write_end = -1;
	int fds[2], r;

	if (input < 0)
		return input;
	/* where posix_spawn(3) is made of fork(2) it cannot tell */
	if (access(program, X_OK) < 0)
		return err_set(err, errno, "cannot run %s: %s", program, strerror(errno));
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(err, errno, "cannot make a pipe: %s", strerror(errno));
	write_end = fds[1];
	argv[0] = program;
	argv[1] = (char *)measure->probe;
	if (measure->count)
		memcpy(argv + 2, measure->words, measure->count * sizeof(*argv));
	r = spawn(program, argv, input, write_end, &out->pid);
	if (r == 0) {
		out->fd = fds[0];
		return 0;
	}
	close(fds[0]);
	return err_set(err, r, "cannot run %s: %s", program, strerror(r));
}

/* The next line, without its newline; `seen` holds what was read behind the last. Returns 0, or
 * -EPROTO when it does not come, or is longer than any of ours. */
static int next_line(int fd, struct strbuf *seen, char **out, struct err *err)
{
	for (;;) {
		char *end = seen->len ? memchr(seen->text, '\n', seen->len) : NULL, piece[4096];
		ssize_t got;

		if (end) {
			size_t len = (size_t)(end - seen->text) + 1;

			*out = mem_strndup(seen->text, len - 1);
			seen->len -= len;
			memmove(seen->text, seen->text + len, seen->len);
			return 0;
		}
		if (seen->len > LINE_MOST)
			return err_set(err, EPROTO,
				       "fettle-probe said a line of more than %d bytes", LINE_MOST);
		got = read(fd, piece, sizeof(piece));
		if (got > 0)
			strbuf_add(seen, piece, (size_t)got);
		else if (got == 0 || errno != EINTR)
			return err_set(err, EPROTO, "fettle-probe ended without an answer");
	}
}

/* What each line says: progress, or the end. */
static int read_answer(const struct measure *measure, int fd, json_t **answer, struct err *err)
{
	_cleanup_strbuf_ struct strbuf seen = {0};

	for (;;) {
		_cleanup_free_ char *line = NULL;
		json_t *object, *progress;
		int r = next_line(fd, &seen, &line, err);

		if (r < 0)
			return r;
		object = json_loads(line, 0, NULL);
		if (!json_is_object(object)) {
			json_decref(object);
			return err_set(err, EPROTO, "fettle-probe said what is no JSON object");
		}
		progress = json_object_get(object, "progress");
		if (!progress) {
			*answer = object;
			return 0;
		}
		if (measure->progress)
			measure->progress(measure->context, progress);
		json_decref(object);
	}
}

/* A sanitizer or the linker may have had something to say, on standard error. */
static int describe_end(int status, struct err *err)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		return err_set(err, EPROTO, "fettle-probe was ended by signal %d (%s)%s",
			       WTERMSIG(status), strsignal(WTERMSIG(status)),
			       WTERMSIG(status) == SIGSYS ? ": a system call that it may not make"
							  : "");
	return -err->code;
}

int measure_finish(const struct measure *measure, struct measure_running *running, json_t **answer,
		   struct err *err)
{
	int status = 0, r = read_answer(measure, running->fd, answer, err);

	bool is_ours = r == 0 || kill(running->pid, SIGKILL) == 0;

	close(running->fd); /* whatever it has still to say is read by nobody */
	if (!is_ours)
		return r; /* it ends when this process does */
	while (waitpid(running->pid, &status, 0) < 0 && errno == EINTR)
		;
	return r < 0 ? describe_end(status, err) : 0;
}

int measure_run(const struct measure *measure, json_t **answer, struct err *err)
{
	struct measure_running running;
	int r = measure_start(measure, &running, err);

	return r < 0 ? r : measure_finish(measure, &running, answer, err);
}
