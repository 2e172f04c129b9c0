/* tests/unit/daemon/test_worker.c - a job that takes too long: what only reads is ended, what
 * changes the host is not. The jobs are this test's own. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/unix_address.h"
#include "daemon/sandbox.h"
#include "daemon/worker.h"
#include "tests/unit/tree.h"

enum {
	SHORT_MS = 0,
	LONG_MS = 1500,
	LIMIT_S = 1
};

struct job_kind {
	bool changes;
	long takes_ms;
	int tells; /* so often before its answer */
};

bool job_changes(const struct job *job)
{
	return job->kind->changes;
}

enum sandbox_rights job_rights(const struct job *job)
{
	return job->kind->changes ? SANDBOX_CHANGE : SANDBOX_READ;
}

char *job_to_text(const struct job *job, const char *active_profile)
{
	return mem_printf("job %d of %s", (int)job->id, active_profile);
}

void job_fail(json_int_t id, const char *reason, struct strbuf *out)
{
	strbuf_printf(out, "%d", (int)id);
	strbuf_add(out, "", 1);
	strbuf_printf(out, "failed: %s", reason);
	strbuf_add(out, "", 1);
}

static void wait_ms(long ms)
{
	const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

/* Leaves a file behind, `context->root`, when it has come to its end. */
void job_run(const struct job *job, const struct job_context *context, struct strbuf *out)
{
	int fd;

	for (int i = 0; i < job->kind->tells; i++)
		assert_int_equal(write(context->tell_fd, "more\0told", sizeof("more\0told")), 10);
	wait_ms(job->kind->takes_ms);
	fd = open(context->root, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	close(fd);
	strbuf_add(out, "header", sizeof("header"));
	strbuf_add(out, "answer", sizeof("answer"));
}

bool job_continues(const struct strbuf *messages)
{
	return strcmp(messages->text, "more") == 0;
}

int job_write(int fd, const struct strbuf *messages)
{
	return write(fd, messages->text, messages->len) == (ssize_t)messages->len ? 0 : -1;
}

int sandbox_worker(enum sandbox_rights rights, struct err *err)
{
	(void)rights;
	(void)err;
	return 0;
}

struct heard {
	struct event_base *base;
	char *second; /* message of the answer */
	int times, told;
};

static void on_told(void *owner, const char *bytes, size_t len)
{
	struct heard *heard = owner;

	assert_int_equal(len, sizeof("more\0told"));
	assert_memory_equal(bytes, "more\0told", len);
	heard->told++;
}

static void on_done(void *owner, struct strbuf *answer)
{
	struct heard *heard = owner;

	heard->times++;
	mem_replace(&heard->second, answer->text + strlen(answer->text) + 1);
	event_base_loopbreak(heard->base);
}

static const struct worker_calls calls = {on_told, on_done};

static void run(const struct job_kind *kind, const char *wanted, bool comes_to_its_end)
{
	struct tree *tree = tree_new();
	_cleanup_free_ char *mark = tree_path(tree, "done");
	const struct job_context context = {.root = mark};
	const struct job job = {.id = 7, .kind = kind};
	struct heard heard = {.base = event_base_new()};
	struct worker *worker;
	struct err err;
	bool there;

	assert_int_equal(
		worker_start(heard.base, &job, &context, LIMIT_S, &calls, &heard, &worker, &err),
		0);
	event_base_dispatch(heard.base);
	assert_string_equal(heard.second, wanted);
	/* to its very end: whoever was let go is waited for by the loop */
	event_base_dispatch(heard.base);
	assert_int_equal(heard.times, 1);
	assert_int_equal(heard.told, kind->tells);
	if (!comes_to_its_end)
		wait_ms(LONG_MS);
	there = access(mark, F_OK) == 0;
	assert_int_equal(there, comes_to_its_end);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left to wait for */
	event_base_free(heard.base);
	free(heard.second);
	tree_free(tree);
}

static void test_in_time(void **state)
{
	static const struct job_kind reads = {false, SHORT_MS, 0}, changes = {true, SHORT_MS, 0},
				     tells = {false, SHORT_MS, 1000};

	(void)state;
	run(&reads, "answer", true);
	run(&changes, "answer", true);
	run(&tells, "answer", true);
}

static void test_too_long(void **state)
{
	static const struct job_kind reads = {false, LONG_MS, 1}, changes = {true, LONG_MS, 1};

	(void)state;
	run(&reads, "failed: it took more than 1 s and was ended", false);
	run(&changes,
	    "failed: it takes more than 1 s: it goes on to its end, and `fettle transactions` will "
	    "say what came of it",
	    true);
}

/* One that nobody waits for ends at once, unless it changes the host. */
static void test_cancelled(void **state)
{
	static const struct job_kind kinds[] = {{false, 60000, 0}, {true, SHORT_MS, 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		_cleanup_(tree_freep) struct tree *tree = tree_new();
		_cleanup_free_ char *mark = tree_path(tree, "done");
		const struct job_context context = {.root = mark};
		const struct job job = {.id = 7, .kind = &kinds[i]};
		struct heard heard = {.base = event_base_new()};
		struct worker *worker;
		struct err err;

		assert_int_equal(
			worker_start(heard.base, &job, &context, 70, &calls, &heard, &worker, &err),
			0);
		worker_cancel(worker);
		event_base_dispatch(heard.base);
		assert_string_equal(heard.second, kinds[i].changes
							  ? "answer"
							  : "failed: its process was ended by "
							    "signal 9 (Killed)");
		event_base_free(heard.base);
		free(heard.second);
	}
}

/* A service in a process of its own: takes one request, and does what `kind` says. */
static pid_t serve(const struct tree *tree, const char *name, const struct job_kind *kind)
{
	static const char wanted[] = "job 7 of base";
	_cleanup_free_ char *path = tree_path(tree, name), *mark = tree_path(tree, "done");
	struct job_context context = {.root = mark};
	const struct job job = {.id = 7, .kind = kind};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct strbuf answer = {0};
	struct sockaddr_un address;
	char request[64] = {0};
	struct err err;
	pid_t pid;

	assert_int_equal(unix_address_make(path, &address, &err), 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	pid = fork();
	if (pid) {
		close(fd);
		return pid;
	}
	context.tell_fd = accept(fd, NULL, NULL);
	if (recv(context.tell_fd, request, sizeof(request), 0) != sizeof(wanted) ||
	    strcmp(request, wanted) != 0 || kind->takes_ms < 0)
		_exit(1); /* without an answer */
	/* one that reads ends when its caller hangs up, see instance.c */
	if (!kind->changes && kind->takes_ms)
		_exit(read(context.tell_fd, request, 1) != 0);
	job_run(&job, &context, &answer);
	job_write(context.tell_fd, &answer);
	_exit(0);
}

static void test_by_a_service(void **state)
{
	static const struct {
		const char *socket;
		struct job_kind kind;
		const char *wanted;
		bool comes_to_its_end;
	} cases[] = {
		{"look", {false, SHORT_MS, 3}, "answer", true},
		{"change", {true, SHORT_MS, 0}, "answer", true},
		{"look", {false, LONG_MS, 0}, "failed: it took more than 1 s and was ended", false},
		{"change",
		 {true, LONG_MS, 0},
		 "failed: it takes more than 1 s: it goes on to its end, and `fettle transactions` "
		 "will say what came of it",
		 true},
		{"look",
		 {false, -1, 0},
		 "failed: its service ended without a whole answer: `journalctl -u "
		 "'fettled-look*'` may say why",
		 false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(tree_freep) struct tree *tree = tree_new();
		_cleanup_free_ char *mark = tree_path(tree, "done");
		const struct job_context context = {.active_profile = "base",
						    .job_sockets = tree->path};
		const struct job job = {.id = 7, .kind = &cases[i].kind};
		struct heard heard = {.base = event_base_new()};
		pid_t pid = serve(tree, cases[i].socket, &cases[i].kind);
		struct worker *worker;
		int status = -1;
		struct err err;

		assert_int_equal(worker_start(heard.base, &job, &context, LIMIT_S, &calls, &heard,
					      &worker, &err),
				 0);
		event_base_dispatch(heard.base);
		assert_string_equal(heard.second, cases[i].wanted);
		event_base_dispatch(heard.base);
		assert_int_equal(heard.told, cases[i].kind.tells);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(WEXITSTATUS(status), cases[i].kind.takes_ms < 0);
		assert_int_equal(access(mark, F_OK) == 0, cases[i].comes_to_its_end);
		event_base_free(heard.base);
		free(heard.second);
	}
}

static void test_without_a_service(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();
	const struct job_context context = {.active_profile = "base", .job_sockets = tree->path};
	static const struct job_kind reads = {false, SHORT_MS, 0};
	const struct job job = {.id = 7, .kind = &reads};
	struct heard heard = {.base = event_base_new()};
	struct worker *worker;
	struct err err;

	(void)state;
	assert_int_equal(
		worker_start(heard.base, &job, &context, LIMIT_S, &calls, &heard, &worker, &err),
		-ENOENT);
	assert_non_null(strstr(err.text, "/look: cannot connect: No such file or directory: "
					 "`systemctl restart fettled-look.socket` may mend it"));
	event_base_free(heard.base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_time),           cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_cancelled),         cmocka_unit_test(test_by_a_service),
		cmocka_unit_test(test_without_a_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
