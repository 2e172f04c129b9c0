noinst_LIBRARIES += src/daemon/libdaemon.a
src_daemon_libdaemon_a_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(CAPNG_CFLAGS) \
	$(SECCOMP_CFLAGS)
src_daemon_libdaemon_a_SOURCES = \
	src/daemon/channel.c src/daemon/channel.h \
	src/daemon/connection.c src/daemon/connection.h \
	src/daemon/credentials.c src/daemon/credentials.h \
	src/daemon/engine.c src/daemon/engine.h \
	src/daemon/front.c src/daemon/front.h \
	src/daemon/instance.c src/daemon/instance.h \
	src/daemon/job.c src/daemon/job.h \
	src/daemon/job_change.c src/daemon/job_kinds.h \
	src/daemon/job_probe.c \
	src/daemon/listen.c src/daemon/listen.h \
	src/daemon/methods.c src/daemon/methods.h \
	src/daemon/options.c src/daemon/options.h \
	src/daemon/outcome.c src/daemon/outcome.h \
	src/daemon/peer_log.c src/daemon/peer_log.h \
	src/daemon/requests.c src/daemon/requests.h \
	src/daemon/sandbox.c src/daemon/sandbox.h \
	src/daemon/settings.c src/daemon/settings.h \
	src/daemon/supervise.c src/daemon/supervise.h \
	src/daemon/watchdog.c src/daemon/watchdog.h \
	src/daemon/worker.c src/daemon/worker.h
DAEMON_LIBS = src/daemon/libdaemon.a $(RPC_LIBS) $(APPLY_LIBS) $(MEASURE_LIBS) $(CONFINE_LIBS) \
	$(EVENT_LIBS)

sbin_PROGRAMS += src/daemon/fettled
src_daemon_fettled_SOURCES = src/daemon/main.c
src_daemon_fettled_LDADD = $(DAEMON_LIBS)
