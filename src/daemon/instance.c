/* daemon/instance.c - see instance.h. */
#include "daemon/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/engine.h"
#include "daemon/job.h"
#include "profile/config.h"

enum {
	PATIENCE_S = 10, /* for the request: whoever connects has it */
};

/* Standard input becomes nothing, for what is run from here: the connection is this process's. */
static int take_connection(struct err *err)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), type;
	socklen_t len = sizeof(type);
	_cleanup_fd_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0)
		return err_set(err, errno, "cannot use standard input: %s", strerror(errno));
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_STREAM)
		return err_set(err, ENOTSOCK,
			       "standard input is no connection of a fettled with --job-sockets");
	return fd;
}

/* One message with its NUL, and nothing behind it. */
static int read_request(int fd, struct strbuf *out, struct err *err)
{
	static const struct timeval patience = {.tv_sec = PATIENCE_S};
	char piece[4096];

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return err_set(err, errno, "cannot bound the wait: %s", strerror(errno));
	while (!out->len || out->text[out->len - 1]) {
		ssize_t got = recv(fd, piece, sizeof(piece), 0);

		if (got < 0)
			return err_set(err, errno, "no request came within %d s: %s", PATIENCE_S,
				       strerror(errno));
		if (got == 0)
			return err_set(err, ECONNRESET, "whoever asked is gone");
		strbuf_add(out, piece, (size_t)got);
		if (out->len > JOB_MOST_REQUEST)
			return err_set(err, EFBIG, "a request of more than %d bytes",
				       JOB_MOST_REQUEST);
	}
	return 0;
}

/* It has nothing to say any more: there is something to read when it is gone. */
static bool is_gone(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) > 0;
}

/* One comes, too, when the connection has room again. */
static void on_caller(int number, siginfo_t *info, void *context)
{
	int error = errno;

	(void)number;
	(void)context;
	if (is_gone(info->si_fd))
		_exit(EX_OK);
	errno = error;
}

/* By a signal, as most of the time of a job is spent where nothing can be polled for. F_SETSIG is
 * what makes the kernel say of which descriptor (fcntl(2); unix_release_sock() in
 * net/unix/af_unix.c). */
static int end_with_caller(int fd, struct err *err)
{
	const struct sigaction action = {.sa_sigaction = on_caller,
					 .sa_flags = SA_SIGINFO | SA_RESTART};

	if (sigaction(SIGIO, &action, NULL) < 0 || fcntl(fd, F_SETSIG, SIGIO) < 0 ||
	    fcntl(fd, F_SETOWN, getpid()) < 0 || fcntl(fd, F_SETFL, O_ASYNC) < 0)
		return err_set(err, errno, "cannot watch for the end of who asked: %s",
			       strerror(errno));
	if (is_gone(fd)) /* before that */
		return err_set(err, ECONNRESET, "whoever asked is gone");
	return 0;
}

/* Only what measures takes the configuration: an error in it is no matter of the other jobs. */
static int read_config(const struct options *options, const struct job *job, struct config **out,
		       struct err *err)
{
	return job_rights(job) == SANDBOX_MEASURE ? config_load(options->config_file, out, err) : 0;
}

static void do_job(const struct options *options, const struct job *job, int fd,
		   struct strbuf *answer)
{
	_cleanup_(config_freep) struct config *config = NULL;
	struct job_context context = {
		.active_profile = job->active ? job->active : "",
		.profile_path = options->profile_path,
		.sysctl_root = options->sysctl_root,
		.state_dir = options->state_dir,
		.root = options->root,
		.probe_program = options->probe,
		.tell_fd = fd,
	};
	char line[1600];
	struct err err;

	if (read_config(options, job, &config, &err) < 0) {
		job_fail(job->id, err_format(&err, line, sizeof(line)), answer);
		return;
	}
	context.probe_token_file = config ? config->probe_token_file : NULL;
	job_run(job, &context, answer);
}

static int serve(const struct options *options, int fd, struct err *err)
{
	_cleanup_strbuf_ struct strbuf request = {0}, answer = {0};
	_cleanup_(job_fini) struct job job = {0};
	int r = read_request(fd, &request, err);

	if (r == 0)
		r = job_parse(request.text, request.len - 1, &job, err);
	if (r == -EINVAL) {
		job_fail(job.id, err->text, &answer);
		(void)job_write(fd, &answer);
		return 0;
	}
	if (r == 0 && job_changes(&job))
		engine_block_signals(); /* one that stops the service does not stop it half-way */
	else if (r == 0)
		r = end_with_caller(fd, err);
	if (r < 0)
		return r;
	do_job(options, &job, fd, &answer);
	(void)job_write(fd, &answer); /* or nobody waits for it any more */
	return 0;
}

int instance_run(const struct options *options)
{
	_cleanup_fd_ int fd = -1;
	struct err err;

	signal(SIGPIPE, SIG_IGN);
	fd = take_connection(&err);
	if (fd >= 0 && (serve(options, fd, &err) == 0 || err.code == ECONNRESET))
		return EX_OK;
	log_error("no job done: %s", err.text);
	return err.code == ENOTSOCK ? EX_USAGE : EX_PROTOCOL;
}
