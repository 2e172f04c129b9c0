/* apply/guard.c - see guard.h. */
#include "apply/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "apply/journal.h"
#include "apply/lock.h"
#include "apply/session.h"
#include "apply/spawn.h"
#include "apply/undo.h"
#include "base/fd.h"
#include "base/notify.h"
#include "base/str.h"

enum {
	FIRST_TRIES = 100,
	FIRST_PAUSE_US = 50000,
};

/* The guard */

/* Is there still something to wait for? Sets the deadline when there is. Returns 1 or 0, -ENOENT
 * when the journal has no such transaction, or why it cannot be read now. */
static int is_waiting(const struct apply_context *context, const struct durable_folder *folder,
		      uint64_t number, uint64_t *deadline_ns, struct err *err)
{
	_cleanup_(journal_freep) struct journal *journal = NULL;
	const struct txn *txn;
	enum txn_state state;
	int r = journal_open(folder, JOURNAL_READ, &journal, err);

	if (r < 0)
		return r;
	txn = txn_find(journal_txns(journal), number);
	/* a service may see another folder here than whoever asked for it */
	if (!txn)
		return err_set(err, ENOENT, "no transaction %llu waits in %s",
			       (unsigned long long)number, folder->path);
	if (strcmp(txn->boot_id, context->boot_id) != 0)
		return 0;
	state = txn_state(txn);
	*deadline_ns = txn->confirm_deadline_ns;
	return state == TXN_OPEN || state == TXN_PENDING || state == TXN_UNDOING;
}

/* The first look: it is not at work before it knows what it waits for. Whoever asked waits for this
 * before it changes anything, so a transaction that is over is another folder's of the same number.
 */
static int find_first(const struct apply_context *context, const struct durable_folder *folder,
		      uint64_t number, uint64_t *deadline_ns, struct err *err)
{
	int r = is_waiting(context, folder, number, deadline_ns, err);

	for (unsigned tries = 0; r < 0 && r != -ENOENT && tries < FIRST_TRIES; tries++) {
		usleep(FIRST_PAUSE_US);
		r = is_waiting(context, folder, number, deadline_ns, err);
	}
	return r ? r
		 : err_set(err, ENOENT, "transaction %llu of %s is over",
			   (unsigned long long)number, folder->path);
}

static void drain(int fd)
{
	char events[4096];

	while (read(fd, events, sizeof(events)) > 0)
		continue;
}

/* Sleeps until the deadline or until the journal changes; false when the time has come. */
static bool sleep_until(uint64_t deadline_ns, int timer_fd, int watch_fd)
{
	struct itimerspec when = {
		.it_value = {(time_t)(deadline_ns / 1000000000), (long)(deadline_ns % 1000000000)}};
	struct pollfd fds[] = {{.fd = timer_fd, .events = POLLIN},
			       {.fd = watch_fd, .events = POLLIN}};

	if (apply_boottime_ns() >= deadline_ns)
		return false;
	timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
	if (poll(fds, 2, timer_fd < 0 ? 1000 : -1) > 0 && fds[1].revents)
		drain(watch_fd);
	return apply_boottime_ns() < deadline_ns;
}

/* Another command may hold the lock, to confirm or to undo: both end. */
static int wait_for_lock(const struct durable_folder *folder, int *fd, struct err *err)
{
	int r;

	while ((r = lock_take(folder, fd, err)) == -EBUSY)
		usleep(50000);
	return r;
}

static int undo_now(const struct apply_context *context, const struct durable_folder *folder,
		    uint64_t number, struct err *err)
{
	_cleanup_(journal_freep) struct journal *journal = NULL;
	_cleanup_fd_ int lock = -1;
	struct txn *txn;
	bool gone;
	int r = wait_for_lock(folder, &lock, err);

	if (r == 0 && journal_open(folder, JOURNAL_WRITE, &journal, err) < 0)
		/* a full or read-only disk: what was written down before is enough to undo it */
		r = journal_open(folder, JOURNAL_READ, &journal, err);
	if (r < 0)
		return r;
	txn = txn_find(journal_txns(journal), number);
	if (!txn || txn_state(txn) == TXN_DONE || txn_state(txn) == TXN_UNDONE)
		return 0;
	r = session_find_keys(context, txn, &gone, err);
	if (r == 0)
		r = undo_txn(context, journal, txn, "timeout", gone, UNDO_ANYWAY, err);
	return r < 0 ? r : 1;
}

static void tell_ready(int ready_fd)
{
	notify_send("READY=1");
	if (ready_fd >= 0 && write(ready_fd, "", 1) != 1)
		return; /* whoever waits for it is gone, and the deadline comes all the same */
	if (ready_fd >= 0)
		close(ready_fd);
}

int guard_run(const struct apply_context *context, uint64_t number, int ready_fd, struct err *err)
{
	_cleanup_(durable_folder_fini) struct durable_folder folder = {.fd = -1};
	_cleanup_fd_ int timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	_cleanup_fd_ int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	uint64_t deadline_ns = 0;
	struct err ignored;
	int r = durable_folder_open(context->state_dir, DURABLE_PRIVATE | DURABLE_LINK, &folder,
				    err);

	if (r < 0)
		return r;
	/* without a watch, or with an event lost, the deadline still comes */
	inotify_add_watch(watch, folder.path, IN_MODIFY | IN_MOVED_TO);
	r = find_first(context, &folder, number, &deadline_ns, err);
	if (r < 0)
		return r;
	tell_ready(ready_fd);
	/* a journal that cannot be read now is asked again later */
	while (r != 0 && sleep_until(deadline_ns, timer, watch))
		r = is_waiting(context, &folder, number, &deadline_ns, &ignored);
	return r == 0 ? 0 : undo_now(context, &folder, number, err);
}

/* Starting it */

/* Nothing of ours may hold the session, the terminal or a pipe open: `ssh HOST fettle apply` waits
 * for the last holder of its output. */
static void close_all_but(int keep, int keep_too)
{
	unsigned low = (unsigned)(keep < keep_too ? keep : keep_too),
		 high = (unsigned)(keep < keep_too ? keep_too : keep);
	int null;

	if (low > 0)
		fd_close_range(0, low - 1);
	if (high > low + 1)
		fd_close_range(low + 1, high - 1);
	fd_close_range(high + 1, UINT_MAX);
	do
		null = open("/dev/null", O_RDWR); /* takes 0, 1 and 2 */
	while (null >= 0 && null < 2);
}

static void guard_process(const struct apply_context *context, uint64_t number, int ready_fd)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTSTP, SIGTTOU, SIGTTIN};
	int root_fd = sysctl_root_fd(context->host->root);
	sigset_t none;
	struct err err;

	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_NAME, "fettle-guard");
	unsetenv("NOTIFY_SOCKET"); /* the daemon's: it is ready, not this */
	/* before it is ready: an inherited descriptor holds the lock as our parent does */
	close_all_but(root_fd, ready_fd);
	_exit(chdir("/") < 0 || guard_run(context, number, ready_fd, &err) < 0);
}

/* The child between: its end leaves the guard to init, in a session without a terminal. */
static void detach(const struct apply_context *context, uint64_t number, int ready_fd)
{
	pid_t pid;

	if (setsid() < 0)
		_exit(1);
	pid = fork();
	if (pid == 0)
		guard_process(context, number, ready_fd);
	_exit(pid < 0);
}

static int start_by_fork(const struct apply_context *context, uint64_t number, struct err *err)
{
	int ready[2], status;
	ssize_t got;
	pid_t pid;
	char byte;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return err_set(err, errno, "cannot start the guard of the deadline: %s",
			       strerror(errno));
	pid = fork();
	if (pid == 0)
		detach(context, number, ready[1]);
	close(ready[1]);
	if (pid < 0) {
		close(ready[0]);
		return err_set(err, EAGAIN, "cannot start the guard of the deadline: fork: %s",
			       strerror(errno));
	}
	do
		got = read(ready[0], &byte, 1);
	while (got < 0 && errno == EINTR);
	close(ready[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return got == 1 ? 0
			: err_set(err, EAGAIN,
				  "cannot start the guard of the deadline: it died at once");
}

static bool is_in_first_netns(const struct apply_context *context)
{
	struct stat st;

	return stat("/proc/1/ns/net", &st) == 0 && st.st_ino == context->netns.inode;
}

/* A unit of the service manager's: the end of a login session does not touch it. Where the manager
 * sees other files than we do, as it may from a service or a container, the guard finds no such
 * transaction, is not ready, and this fails. */
static int start_by_systemd(const struct apply_context *context, uint64_t number, struct err *err)
{
	_cleanup_free_ char *namespace =
		mem_printf("--property=NetworkNamespacePath=/proc/%d/ns/net", (int)getpid());
	_cleanup_free_ char *text = mem_printf("%llu", (unsigned long long)number);
	/* the process, as transactions of another state folder have the same numbers */
	_cleanup_free_ char *unit = mem_printf("--unit=fettle-guard-%s-%d", text, (int)getpid());
	_cleanup_free_ char *description = mem_printf(
		"--description=Undo of fettle's transaction %s, unless it is confirmed", text);
	const char **argv = NULL;
	size_t count = 0;
	_cleanup_free_ char *shown = NULL;
	char said[256];
	int r;

	if (!context->guard.systemd_run || !context->guard.command)
		return err_set(err, EAGAIN, "cannot start the guard of the deadline by systemd");
	*MEM_APPEND(argv, count) = context->guard.systemd_run;
	*MEM_APPEND(argv, count) = "--quiet";
	*MEM_APPEND(argv, count) = "--collect";
	*MEM_APPEND(argv, count) = unit;
	*MEM_APPEND(argv, count) = description;
	*MEM_APPEND(argv, count) = "--property=Type=notify";
	*MEM_APPEND(argv, count) = "--property=TimeoutStartSec=10s";
	if (!is_in_first_netns(context))
		*MEM_APPEND(argv, count) = namespace;
	*MEM_APPEND(argv, count) = "--";
	for (size_t i = 0; context->guard.command[i]; i++)
		*MEM_APPEND(argv, count) = context->guard.command[i];
	*MEM_APPEND(argv, count) = text;
	*MEM_APPEND(argv, count) = NULL;
	r = spawn_run(argv, said, sizeof(said));
	free(argv);
	shown = str_printable(said);
	return r == 0 ? 0
		      : err_set(err, EAGAIN, "cannot start the guard of the deadline: %s: %s",
				context->guard.systemd_run,
				r < 0    ? strerror(-r)
				: *shown ? shown
					 : "it does not say why");
}

int guard_start(const struct apply_context *context, const struct txn *txn, struct err *err)
{
	int r = start_by_systemd(context, txn->number, err);

	return r == 0 || context->guard.is_service ? r : start_by_fork(context, txn->number, err);
}
