DAEMON_TESTS = \
	tests/unit/daemon/test_channel \
	tests/unit/daemon/test_connection \
	tests/unit/daemon/test_credentials \
	tests/unit/daemon/test_job \
	tests/unit/daemon/test_methods \
	tests/unit/daemon/test_options \
	tests/unit/daemon/test_peer_log \
	tests/unit/daemon/test_requests \
	tests/unit/daemon/test_settings \
	tests/unit/daemon/test_watchdog \
	tests/unit/daemon/test_worker
check_PROGRAMS += $(DAEMON_TESTS)

DAEMON_TEST_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS)
DAEMON_TEST_LIBS = $(DAEMON_LIBS) $(CMOCKA_LIBS)
tests_unit_daemon_test_channel_CFLAGS = $(DAEMON_TEST_CFLAGS)
tests_unit_daemon_test_channel_LDADD = $(DAEMON_TEST_LIBS)
tests_unit_daemon_test_connection_CFLAGS = $(DAEMON_TEST_CFLAGS)
tests_unit_daemon_test_connection_LDADD = $(DAEMON_TEST_LIBS)
tests_unit_daemon_test_credentials_CFLAGS = $(DAEMON_TEST_CFLAGS)
tests_unit_daemon_test_credentials_LDADD = $(DAEMON_TEST_LIBS)
tests_unit_daemon_test_job_SOURCES = tests/unit/daemon/test_job.c tests/unit/tree.c tests/unit/tree.h
tests_unit_daemon_test_job_CFLAGS = $(DAEMON_TEST_CFLAGS)
tests_unit_daemon_test_job_LDADD = $(DAEMON_TEST_LIBS)
tests_unit_daemon_test_methods_CFLAGS = $(DAEMON_TEST_CFLAGS)
tests_unit_daemon_test_methods_LDADD = $(DAEMON_TEST_LIBS)
tests_unit_daemon_test_options_CFLAGS = $(DAEMON_TEST_CFLAGS)
tests_unit_daemon_test_options_LDADD = $(DAEMON_TEST_LIBS)
tests_unit_daemon_test_peer_log_CFLAGS = $(DAEMON_TEST_CFLAGS)
tests_unit_daemon_test_peer_log_LDADD = $(DAEMON_TEST_LIBS)
tests_unit_daemon_test_requests_CFLAGS = $(DAEMON_TEST_CFLAGS)
tests_unit_daemon_test_requests_LDADD = $(DAEMON_TEST_LIBS)
tests_unit_daemon_test_settings_SOURCES = tests/unit/daemon/test_settings.c tests/unit/tree.c \
	tests/unit/tree.h
tests_unit_daemon_test_settings_CFLAGS = $(DAEMON_TEST_CFLAGS)
tests_unit_daemon_test_settings_LDADD = $(DAEMON_TEST_LIBS)
tests_unit_daemon_test_watchdog_CFLAGS = $(DAEMON_TEST_CFLAGS)
tests_unit_daemon_test_watchdog_LDADD = $(DAEMON_TEST_LIBS)
tests_unit_daemon_test_worker_SOURCES = tests/unit/daemon/test_worker.c tests/unit/tree.c \
	tests/unit/tree.h
tests_unit_daemon_test_worker_CFLAGS = $(DAEMON_TEST_CFLAGS)
tests_unit_daemon_test_worker_LDADD = $(DAEMON_TEST_LIBS)
