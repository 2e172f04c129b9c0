/* daemon/worker.c - see worker.h. */
#include "daemon/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/unix_address.h"
#include "daemon/sandbox.h"
#include "rpc/frame.h"

enum {
	ANSWER_MOST = FRAME_MOST_REPLY + 65536, /* and the header before it */
};

/* By the rights that a job takes: the names of sockets, and of units, "fettled-look@.service". */
static const char *const services[SANDBOX_RIGHTS] = {
	[SANDBOX_READ] = "look",
	[SANDBOX_LOOK] = "look",
	[SANDBOX_CHANGE] = "change",
	[SANDBOX_MEASURE] = "measure",
};

struct worker {
	const char *service; /* NULL: it is a process of ours */
	pid_t pid;           /* 0: of a service, reaped, or let go */
	int fd;              /* -1: let go */
	unsigned limit_s;
	json_int_t id;
	bool changes, too_long, too_big;
	bool is_last; /* what comes is the answer */
	struct strbuf answer;
	struct event_base *base;
	struct event *readable, *overdue;
	const struct worker_calls *calls;
	void *owner;
};

static void __attribute__((noreturn))
work(const struct job *job, const struct job_context *context, int out, pid_t engine)
{
	enum {
		KEPT_FD = 3
	};
	struct job_context mine = *context;
	struct strbuf answer = {0};
	struct err err;

	mine.tell_fd = KEPT_FD;
	/* a change that has begun goes on to its end without the engine */
	if (!job_changes(job))
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* nothing of the engine's stays open here, or the front would not see the engine end */
	if (getppid() != engine || dup2(out, KEPT_FD) < 0 ||
	    fcntl(KEPT_FD, F_SETFD, FD_CLOEXEC) < 0 || fd_close_range(KEPT_FD + 1, UINT_MAX) < 0)
		_exit(1);
	if (sandbox_worker(job_rights(job), &err) < 0)
		job_fail(job->id, err.text, &answer);
	else
		job_run(job, &mine, &answer);
	_exit(job_write(KEPT_FD, &answer) < 0);
}

/* Where the message that begins at `from` ends, its NUL counted; 0: not in what has come. */
static size_t end_of(const struct strbuf *buf, size_t from)
{
	const char *end = from < buf->len ? memchr(buf->text + from, '\0', buf->len - from) : NULL;

	return end ? (size_t)(end - buf->text) + 1 : 0;
}

/* Two whole messages, no more. */
static bool is_answer(const struct strbuf *answer)
{
	size_t first = end_of(answer, 0);

	return first && end_of(answer, first) == answer->len;
}

static void describe_failure(const struct worker *worker, int status, struct err *err)
{
	if (worker->too_long && worker->changes)
		err_set(err, ETIMEDOUT,
			"it takes more than %u s: it goes on to its end, and `fettle "
			"transactions` will say what came of it",
			worker->limit_s);
	else if (worker->too_long)
		err_set(err, ETIMEDOUT, "it took more than %u s and was ended", worker->limit_s);
	else if (worker->too_big)
		err_set(err, EFBIG, "its answer has more than %d bytes", ANSWER_MOST);
	else if (worker->service)
		err_set(err, EIO,
			"its service ended without a whole answer: `journalctl -u "
			"'fettled-%s*'` may say why",
			worker->service);
	else if (WIFSIGNALED(status))
		err_set(err, EIO, "its process was ended by signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	else
		err_set(err, EIO, "its process ended with status %d and without a whole answer",
			WEXITSTATUS(status));
}

/* 0 where there is nothing to wait for. */
static int reap(pid_t pid)
{
	int status = 0;

	while (pid && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static void finish(struct worker *worker)
{
	const struct worker_calls *calls = worker->calls;
	struct strbuf answer = worker->answer;
	void *owner = worker->owner;
	int status = reap(worker->pid);

	worker->pid = 0;
	worker->answer = (struct strbuf){0};
	if (status || !is_answer(&answer)) {
		struct err err;

		describe_failure(worker, status, &err);
		strbuf_fini(&answer);
		job_fail(worker->id, err.text, &answer);
	}
	worker_free(worker);
	calls->done(owner, &answer);
	strbuf_fini(&answer);
}

/* It answers, or has ended: either way the change is over. */
static void on_late_end(evutil_socket_t fd, short what, void *data)
{
	(void)what;
	close(fd); /* nobody waits for that answer */
	reap((pid_t)(intptr_t)data);
}

/* A service ends when its caller is gone. */
static void end_one_that_reads(const struct worker *worker)
{
	if (worker->service)
		shutdown(worker->fd, SHUT_RDWR);
	else
		kill(worker->pid, SIGKILL);
}

/* Its end of the pipe closes, and on_readable() hears it. What changes the host is not ended
 * half-way: nobody listens to it any more, and that is all. */
static void end(struct worker *worker)
{
	if (!worker->changes) {
		end_one_that_reads(worker);
		return;
	}
	event_del(worker->readable);
	if (event_base_once(worker->base, worker->fd, EV_READ, on_late_end,
			    (void *)(intptr_t)worker->pid, NULL) < 0)
		abort();
	worker->fd = -1;
	worker->pid = 0;
	finish(worker);
}

/* Whatever comes before the answer goes on at once. */
static void pass_on(struct worker *worker)
{
	struct strbuf *seen = &worker->answer;
	size_t first, second;

	while (!worker->is_last && (first = end_of(seen, 0))) {
		worker->is_last = !job_continues(seen);
		second = end_of(seen, first);
		if (worker->is_last || !second)
			return;
		worker->calls->told(worker->owner, seen->text, second);
		seen->len -= second;
		memmove(seen->text, seen->text + second, seen->len);
	}
}

static void on_readable(evutil_socket_t fd, short what, void *data)
{
	struct worker *worker = data;
	char piece[32768];
	ssize_t got = read(fd, piece, sizeof(piece));

	(void)what;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		finish(worker);
	} else if (worker->answer.len + (size_t)got > ANSWER_MOST) {
		worker->too_big = true;
		end(worker);
	} else {
		strbuf_add(&worker->answer, piece, (size_t)got);
		pass_on(worker);
	}
}

static void on_overdue(evutil_socket_t fd, short what, void *data)
{
	struct worker *worker = data;

	(void)fd;
	(void)what;
	worker->too_long = true;
	end(worker);
}

static int start_process(const struct job *job, const struct job_context *context, pid_t *pid,
			 struct err *err)
{
	pid_t engine = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(err, errno, "cannot make a pipe: %s", strerror(errno));
	fcntl(ends[1], F_SETFL, 0); /* the worker's end waits for room */
	*pid = fork();
	if (*pid == 0)
		work(job, context, ends[1], engine);
	close(ends[1]);
	if (*pid > 0)
		return ends[0];
	close(ends[0]);
	return err_set(err, errno, "cannot make a process: %s", strerror(errno));
}

/* The service manager accepts, and starts a process that reads the request. */
static int start_service(const struct job *job, const struct job_context *context,
			 const char *service, struct err *err)
{
	_cleanup_free_ char *request = job_to_text(job, context->active_profile);
	_cleanup_free_ char *path = mem_printf("%s/%s", context->job_sockets, service);
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	size_t len = strlen(request) + 1;
	struct sockaddr_un address;
	int r = unix_address_make(path, &address, err);
	ssize_t sent;

	if (r < 0)
		return r;
	if (len > JOB_MOST_REQUEST)
		return err_set(err, EMSGSIZE, "a request of %zu bytes, %d at most", len,
			       JOB_MOST_REQUEST);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return err_set(
			err, errno,
			"%s: cannot connect: %s: `systemctl restart fettled-%s.socket` may mend it",
			path, strerror(errno), service);
	sent = send(fd, request, len, MSG_NOSIGNAL);
	if (sent != (ssize_t)len) /* a new connection has room for all of it */
		return err_set(err, sent < 0 ? errno : EIO, "%s: cannot send a request: %s", path,
			       sent < 0 ? strerror(errno) : "only a part of it was taken");
	return TAKE_FD(fd);
}

int worker_start(struct event_base *base, const struct job *job, const struct job_context *context,
		 unsigned limit_s, const struct worker_calls *calls, void *owner,
		 struct worker **out, struct err *err)
{
	const struct timeval limit = {.tv_sec = (time_t)limit_s};
	const char *service = context->job_sockets ? services[job_rights(job)] : NULL;
	struct worker *worker;
	pid_t pid = 0;
	int fd = service ? start_service(job, context, service, err)
			 : start_process(job, context, &pid, err);

	if (fd < 0)
		return fd;
	worker = mem_alloc(sizeof(*worker));
	worker->service = service;
	worker->pid = pid;
	worker->fd = fd;
	worker->limit_s = limit_s;
	worker->base = base;
	worker->id = job->id;
	worker->changes = job_changes(job);
	worker->calls = calls;
	worker->owner = owner;
	worker->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, worker);
	worker->overdue = evtimer_new(base, on_overdue, worker);
	if (!worker->readable || !worker->overdue || event_add(worker->readable, NULL) < 0 ||
	    event_add(worker->overdue, &limit) < 0)
		abort();
	*out = worker;
	return 0;
}

void worker_cancel(struct worker *worker)
{
	if (!worker->changes)
		end(worker);
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	if (worker->pid && !worker->changes) {
		kill(worker->pid, SIGKILL);
		reap(worker->pid);
	}
	event_free(worker->readable);
	event_free(worker->overdue);
	mem_closep(&worker->fd);
	strbuf_fini(&worker->answer);
	free(worker);
}
