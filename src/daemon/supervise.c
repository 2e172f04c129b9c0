/* daemon/supervise.c - see supervise.h.
 *
 * Everything that can go wrong with the configuration, the user or the socket does so here, before
 * there are two processes. */
#include "daemon/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "config.h"
#include "daemon/engine.h"
#include "daemon/front.h"
#include "daemon/listen.h"
#include "daemon/settings.h"

/* One heap, and what is large apart from it, so that it goes back to the kernel when it is freed: a
 * daemon that made one large report does not stay large (mallopt(3)). musl has nothing to set: it
 * has one heap, and gives back what is large. */
static void tune_memory(void)
{
#ifdef HAVE_MALLOPT
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, 64 * 1024);
	mallopt(M_TRIM_THRESHOLD, 64 * 1024);
#endif
}

/* A file descriptor a client. */
static void raise_file_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		log_warning("cannot raise RLIMIT_NOFILE: %s", strerror(errno));
}

/* What the starter left open would stay open in the front, whatever rights it gives up: only
 * standard input, output and error, and a socket that is passed, are meant for this process. One of
 * the three that is missing must not become a socket that is then logged to. */
static int settle_files(struct err *err)
{
	const unsigned first = STDERR_FILENO + 1 + listener_count_passed();
	int fd, r;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return err_set(err, errno, "cannot open /dev/null: %s", strerror(errno));
	close(fd);
	r = fd_close_range(first, UINT_MAX);
	if (r < 0)
		return err_set(err, -r, "cannot close what the starter left open: %s",
			       strerror(-r));
	return 0;
}

struct prepared {
	struct config *config;
	struct identity identity;
	struct settings settings;
	struct listener listener;
	int ends[2]; /* front, engine */
};

static void prepared_fini(struct prepared *prepared)
{
	config_free(prepared->config);
	identity_fini(&prepared->identity);
	settings_fini(&prepared->settings);
	listener_fini(&prepared->listener);
	for (size_t i = 0; i < ARRAY_SIZE(prepared->ends); i++)
		mem_closep(&prepared->ends[i]);
}

static const char *wanted_user(const struct prepared *prepared, const struct options *options)
{
	return options->user ? options->user : prepared->config->user;
}

/* Returns EX_OK, or the exit code that goes with `err`. */
static int prepare(const struct options *options, struct prepared *out, struct err *err)
{
	if (settings_load_config(options, &out->config, err) < 0)
		return EX_DATAERR;
	if (identity_find(wanted_user(out, options), &out->identity, err) < 0)
		return EX_DATAERR;
	raise_file_limit();
	settings_make(out->config, options, &out->settings);
	if (listener_open(options->socket_path, &out->listener, err) < 0)
		return EX_UNAVAILABLE;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, out->ends) < 0) {
		err_set(err, errno, "cannot make a socket pair: %s", strerror(errno));
		return EX_UNAVAILABLE;
	}
	return EX_OK;
}

static void say_what_is_missing(const struct prepared *prepared, const struct options *options)
{
	char line[1600];
	struct err err;

	if (!prepared->identity.change)
		settings_warn_of_user(options, wanted_user(prepared, options));
	if (!prepared->identity.change && !options->job_sockets)
		log_warning("not started by root: both processes run as uid %u, and keys that only "
			    "root "
			    "may read will be reported as unreadable",
			    geteuid());
	if (!prepared->settings.group_exists)
		log_warning("there is no group '%s': only root may audit",
			    prepared->settings.group);
	if (settings_check_profile(prepared->config, options, &err) < 0)
		log_warning("%s", err_format(&err, line, sizeof(line)));
	if (prepared->settings.max_connections < prepared->config->max_connections)
		log_warning("at most %u connections instead of %u: RLIMIT_NOFILE allows no more",
			    prepared->settings.max_connections, prepared->config->max_connections);
}

static int run_front(struct prepared *prepared, pid_t engine)
{
	struct front_start start = {
		.listen_fd = TAKE_FD(prepared->listener.fd),
		.engine_fd = TAKE_FD(prepared->ends[0]),
		.settings = prepared->settings,
		.main_pid = engine,
		.identity = prepared->identity,
	};

	prepared->settings = (struct settings){0};
	mem_closep(&prepared->ends[1]);
	prepared->ends[1] = -1;
	/* the file is the engine's to remove */
	free(TAKE_PTR(prepared->listener.path));
	prctl(PR_SET_NAME, "fettled-front");
	return front_run(&start);
}

static int run_engine(struct prepared *prepared, const struct options *options, pid_t front)
{
	struct engine_start start = {
		.options = options,
		.config = TAKE_PTR(prepared->config),
		.listener = &prepared->listener,
		.front_fd = TAKE_FD(prepared->ends[1]),
		.front_pid = front,
		.front_user = prepared->identity.change ? prepared->identity.name : NULL,
	};

	mem_closep(&prepared->ends[0]);
	prepared->ends[0] = -1;
	/* when the front goes, nobody must be left connecting to a socket without a daemon */
	mem_closep(&prepared->listener.fd);
	prepared->listener.fd = -1;
	return engine_run(&start);
}

int supervise_run(const struct options *options)
{
	_cleanup_(prepared_fini) struct prepared prepared = {.listener.fd = -1, .ends = {-1, -1}};
	pid_t engine = getpid(), front;
	char line[1600];
	struct err err;
	int r;

	tune_memory();
	signal(SIGPIPE, SIG_IGN);
	if (settle_files(&err) < 0) {
		log_error("%s", err.text);
		return EX_OSERR;
	}
	r = prepare(options, &prepared, &err);
	if (r != EX_OK) {
		log_error("%s", err_format(&err, line, sizeof(line)));
		return r;
	}
	say_what_is_missing(&prepared, options);
	engine_block_signals();
	front = fork();
	if (front < 0) {
		log_error("cannot make the front's process: %s", strerror(errno));
		return EX_OSERR;
	}
	return front ? run_engine(&prepared, options, front) : run_front(&prepared, engine);
}
