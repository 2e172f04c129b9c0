/* daemon/engine.c - see engine.h. */
#include "daemon/engine.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/notify.h"
#include "config.h"
#include "daemon/channel.h"
#include "daemon/peer_log.h"
#include "daemon/sandbox.h"
#include "daemon/watchdog.h"
#include "daemon/worker.h"

enum {
	FRONT_LIMIT_S = 6, /* a second more than the front takes to drain */
	JOB_LIMIT_S = 60,
	RECOVER_AGAIN_S = 10,
};

/* Jobs that wait for each other. */
struct lane {
	struct engine *engine;
	struct worker *worker; /* NULL: no job runs */
	struct job running;    /* what it does */
	struct job waiting;    /* for an end of the engine's own; no kind: nothing */
};

enum {
	LANE_READS,
	LANE_CHANGES, /* and what the engine undoes */
	LANE_LASTING,
	LANES
};

struct engine {
	const struct engine_start *start;
	struct config *config;
	struct event_base *base;
	struct channel *front;
	struct event *signals, *front_overdue, *recovery_due;
	struct watchdog *watchdog; /* NULL: nobody listens to it */
	struct lane lanes[LANES];
	int signal_fd;
	bool front_alive, front_ready, ready, reloading, stopping;
	int exit_code;
};

static void stop(struct engine *engine, int exit_code)
{
	engine->exit_code = exit_code;
	event_base_loopexit(engine->base, NULL);
}

static void start_waiting(struct lane *lane);
static void serve(struct engine *engine);

/* A service of the jobs that is not there, or fails, may come back. */
static void recover_later(struct engine *engine, const char *why)
{
	static const struct timeval again = {.tv_sec = RECOVER_AGAIN_S};

	log_error("cannot look for what is to be undone, trying again in %d s: %s", RECOVER_AGAIN_S,
		  why);
	event_add(engine->recovery_due, &again);
}

static void on_told(void *owner, const char *bytes, size_t len)
{
	struct lane *lane = owner;

	channel_send(lane->engine->front, bytes, len);
}

static void on_done(void *owner, struct strbuf *answer)
{
	struct lane *lane = owner;
	struct engine *engine = lane->engine;
	json_int_t due = job_changes(&lane->running) ? job_recovery_due(answer) : -1;
	struct timeval delay = {.tv_sec = (time_t)due + 1}; /* a guard comes first */
	_cleanup_free_ char *failure = lane->running.id ? NULL : job_failure(answer);

	lane->worker = NULL;
	if (lane->running.id)
		channel_send(engine->front, answer->text, answer->len);
	job_fini(&lane->running);
	if (failure)
		recover_later(engine, failure);
	else if (due >= 0)
		event_add(engine->recovery_due, &delay);
	if (engine->front_ready && !engine->ready)
		serve(engine);
	start_waiting(lane);
}

static const struct worker_calls worker_calls = {on_told, on_done};

static void refuse_job(struct engine *engine, json_int_t id, const struct err *err)
{
	_cleanup_strbuf_ struct strbuf answer = {0};

	peer_log("cannot do what the front asks: %s", err->text);
	job_fail(id, err->text, &answer);
	channel_send(engine->front, answer.text, answer.len);
}

/* Takes the job over. */
static void start_job(struct lane *lane, struct job *job)
{
	const struct engine *engine = lane->engine;
	const struct options *options = engine->start->options;
	struct job_context context = {
		.active_profile = engine->config->profile,
		.profile_path = options->profile_path,
		.sysctl_root = options->sysctl_root,
		.state_dir = options->state_dir,
		.root = options->root,
		.probe_program = options->probe,
		.probe_token_file = engine->config->probe_token_file,
		.job_sockets = options->job_sockets,
	};
	struct err err;
	int r = worker_start(engine->base, job, &context, JOB_LIMIT_S, &worker_calls, lane,
			     &lane->worker, &err);

	if (r == 0)
		lane->running = *job;
	else if (job->id)
		refuse_job(lane->engine, job->id, &err);
	else
		recover_later(lane->engine, err.text);
	if (r < 0)
		job_fini(job);
}

static void start_waiting(struct lane *lane)
{
	struct job job = lane->waiting;

	if (lane->worker || !job.kind)
		return;
	lane->waiting = (struct job){0};
	start_job(lane, &job);
}

/* At the start, and when a deadline has passed. */
static void recover(struct engine *engine)
{
	static const struct timeval again = {.tv_sec = 1};
	struct lane *lane = &engine->lanes[LANE_CHANGES];
	struct job job;

	if (lane->worker) {
		event_add(engine->recovery_due, &again);
		return;
	}
	job_make_recovery(&job);
	start_job(lane, &job);
}

static void on_recovery_due(evutil_socket_t fd, short what, void *data)
{
	(void)fd;
	(void)what;
	recover(data);
}

static struct lane *find_lane(struct engine *engine, const struct job *job)
{
	if (job_changes(job))
		return &engine->lanes[LANE_CHANGES];
	return &engine->lanes[job_lasts(job) ? LANE_LASTING : LANE_READS];
}

/* What a client asks for as soon as there is a front may have been waiting at a socket that is
 * older than this daemon. It finds the host with all undone that an earlier end left; what lasts is
 * begun, as it has to be to be cancelled. */
static void run_job(struct engine *engine, const char *text, size_t len)
{
	struct job job = {0};
	struct lane *lane = NULL;
	struct err err;
	int r = job_parse(text, len, &job, &err);

	if (r == 0 && !job.id)
		r = err_set(&err, EPROTO, "a request that only the engine makes");
	if (!r)
		lane = find_lane(engine, &job);
	if (!r && (lane->waiting.kind || (lane->worker && lane->running.id)))
		r = err_set(&err, EBUSY, "asked before the last answer was given");
	if (!r && (lane->worker || (!engine->ready && !job_lasts(&job))))
		lane->waiting = job;
	else if (!r)
		start_job(lane, &job);
	if (r == -EPROTO) {
		log_error("the front sent %s", err.text);
		stop(engine, EX_SOFTWARE);
	} else if (r < 0) {
		refuse_job(engine, job.id, &err);
		job_fini(&job);
	}
}

/* One that has ended meanwhile is answered already. */
static void cancel_job(struct engine *engine, json_int_t id)
{
	struct lane *lane = &engine->lanes[LANE_LASTING];

	if (lane->worker && lane->running.id == id)
		worker_cancel(lane->worker);
}

static void tell_front(struct engine *engine, json_t *message)
{
	_cleanup_free_ char *text = json_dumps(message, JSON_COMPACT);

	json_decref(message);
	if (!text)
		abort();
	channel_send_text(engine->front, text);
}

static const char *where(const struct engine *engine)
{
	const char *path = engine->start->listener->path;

	return path ? path : "the socket passed in";
}

/* Open for all, from here on. */
static void serve(struct engine *engine)
{
	const char *user = engine->start->front_user;
	struct err err;

	if (!engine->ready && listener_open_to_all(engine->start->listener, &err) < 0) {
		log_error("%s", err.text);
		stop(engine, EX_UNAVAILABLE);
		return;
	}
	notify_send("READY=1\nSTATUS=Serving on %s, active profile %s", where(engine),
		    engine->config->profile);
	if (!engine->ready)
		log_info("fettled %s serves on %s: active profile %s, front %d as %s, engine %d",
			 PACKAGE_VERSION, where(engine), engine->config->profile,
			 engine->start->front_pid, user ? user : "the same user", getpid());
	else if (engine->reloading)
		log_info("read %s again: active profile %s", engine->start->options->config_file,
			 engine->config->profile);
	engine->ready = true;
	engine->reloading = false;
	for (size_t i = 0; i < LANES; i++)
		start_waiting(&engine->lanes[i]);
}

/* Ready means that what an earlier end left is undone, too. */
static void on_front_ready(struct engine *engine)
{
	engine->front_ready = true;
	if (engine->ready || !engine->lanes[LANE_CHANGES].worker)
		serve(engine);
}

static void on_front_message(void *owner, char *text, size_t len)
{
	struct engine *engine = owner;
	json_int_t cancelled = job_cancelled(text, len);

	/* the three messages that ask for no job; anything else has to pass job_parse() */
	if (strcmp(text, "{\"event\":\"ready\"}") == 0)
		on_front_ready(engine);
	else if (strcmp(text, WATCHDOG_MESSAGE) == 0)
		watchdog_answered(engine->watchdog);
	else if (cancelled)
		cancel_job(engine, cancelled);
	else
		run_job(engine, text, len);
}

static void on_front_overdue(evutil_socket_t fd, short what, void *data)
{
	struct engine *engine = data;

	(void)fd;
	(void)what;
	log_warning("the front did not end in %d s: killing it", FRONT_LIMIT_S);
	kill(engine->start->front_pid, SIGKILL);
}

/* The channel closes when the front ends; SIGCHLD then says how. One that does not end, and was not
 * told to, is no longer what was started. */
static void on_front_closed(void *owner)
{
	static const struct timeval limit = {.tv_sec = FRONT_LIMIT_S};
	struct engine *engine = owner;

	if (!engine->stopping)
		event_add(engine->front_overdue, &limit);
}

static const struct channel_owner front_calls = {on_front_message, on_front_closed};

/* The front cannot become another user: it gave up what that takes. */
static void warn_of_user(const struct engine *engine)
{
	const char *wanted = engine->config->user, *now = engine->start->front_user;

	if (now && !engine->start->options->user && strcmp(wanted, now) != 0)
		log_warning("user: %s takes a restart: the front goes on as %s", wanted, now);
	else if (!now)
		settings_warn_of_user(engine->start->options, wanted);
}

static void reload(struct engine *engine)
{
	const struct options *options = engine->start->options;
	_cleanup_(config_freep) struct config *config = NULL;
	struct settings settings;
	struct timespec now;
	char line[1600];
	struct err err;

	if (engine->stopping || !engine->ready)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	notify_send("RELOADING=1\nMONOTONIC_USEC=%lld",
		    (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	if (settings_load_config(options, &config, &err) < 0 ||
	    settings_check_profile(config, options, &err) < 0) {
		log_error("keeping the old configuration: %s",
			  err_format(&err, line, sizeof(line)));
		notify_send("READY=1\nSTATUS=Kept the old configuration: %s", line);
		return;
	}
	config_free(engine->config);
	engine->config = TAKE_PTR(config);
	warn_of_user(engine);
	engine->reloading = true;
	settings_make(engine->config, options, &settings);
	tell_front(engine, json_pack("{s:s, s:o}", "event", "settings", "settings",
				     settings_to_json(&settings)));
	settings_fini(&settings);
}

static void start_stopping(struct engine *engine)
{
	static const struct timeval limit = {.tv_sec = FRONT_LIMIT_S};

	if (engine->stopping)
		return;
	engine->stopping = true;
	log_info("ending: finishing what is running");
	notify_send("STOPPING=1\nSTATUS=Finishing what is running");
	tell_front(engine, json_pack("{s:s}", "event", "stop"));
	event_add(engine->front_overdue, &limit);
}

static void reap_front(struct engine *engine)
{
	int status;

	if (waitpid(engine->start->front_pid, &status, WNOHANG) <= 0)
		return;
	engine->front_alive = false;
	if (WIFSIGNALED(status))
		log_error("the front was ended by signal %d (%s)", WTERMSIG(status),
			  strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) || !engine->stopping)
		log_error("the front ended with status %d", WEXITSTATUS(status));
	stop(engine, engine->stopping && !status ? EX_OK : EX_SOFTWARE);
}

static const struct {
	int number;
	void (*run)(struct engine *engine);
} signal_rows[] = {
	{SIGTERM, start_stopping},
	{SIGINT, start_stopping},
	{SIGHUP, reload},
	{SIGCHLD, reap_front},
};

static void on_signal(evutil_socket_t fd, short what, void *data)
{
	struct engine *engine = data;
	struct signalfd_siginfo info;

	(void)what;
	while (read(fd, &info, sizeof(info)) == sizeof(info))
		for (size_t i = 0; i < ARRAY_SIZE(signal_rows); i++)
			if (info.ssi_signo == (uint32_t)signal_rows[i].number)
				signal_rows[i].run(engine);
}

static void fill_signals(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_SIZE(signal_rows); i++)
		sigaddset(set, signal_rows[i].number);
}

void engine_block_signals(void)
{
	sigset_t set;

	fill_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void engine_open(struct engine *engine, struct engine_start *start)
{
	sigset_t set;

	fill_signals(&set);
	engine->start = start;
	engine->config = TAKE_PTR(start->config);
	engine->front_alive = true;
	for (size_t i = 0; i < LANES; i++)
		engine->lanes[i].engine = engine;
	engine->base = event_base_new();
	engine->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (!engine->base || engine->signal_fd < 0)
		abort();
	engine->front = channel_new(engine->base, start->front_fd, &front_calls, engine);
	engine->signals =
		event_new(engine->base, engine->signal_fd, EV_READ | EV_PERSIST, on_signal, engine);
	engine->front_overdue = evtimer_new(engine->base, on_front_overdue, engine);
	engine->recovery_due = evtimer_new(engine->base, on_recovery_due, engine);
	engine->watchdog = watchdog_new(engine->base, engine->front);
	if (!engine->signals || !engine->front_overdue || !engine->recovery_due ||
	    event_add(engine->signals, NULL) < 0)
		abort();
}

static void engine_fini(struct engine *engine)
{
	for (size_t i = 0; i < LANES; i++) {
		worker_free(engine->lanes[i].worker);
		job_fini(&engine->lanes[i].running);
		job_fini(&engine->lanes[i].waiting);
	}
	watchdog_free(engine->watchdog);
	channel_free(engine->front); /* which ends a front that is still there */
	if (engine->front_alive)
		kill(engine->start->front_pid, SIGKILL);
	event_free(engine->signals);
	event_free(engine->front_overdue);
	event_free(engine->recovery_due);
	event_base_free(engine->base);
	close(engine->signal_fd);
	config_free(engine->config);
}

int engine_run(struct engine_start *start)
{
	_cleanup_(engine_fini) struct engine engine = {.exit_code = EX_SOFTWARE};
	struct err err;

	engine_open(&engine, start);
	if (sandbox_engine(&err) < 0) {
		log_error("the engine cannot start: %s", err.text);
		return EX_SOFTWARE;
	}
	recover(&engine);
	if (event_base_dispatch(engine.base) < 0)
		log_error("the engine's event loop failed");
	return engine.exit_code;
}
