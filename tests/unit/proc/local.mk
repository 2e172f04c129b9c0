check_PROGRAMS += tests/unit/proc/test_cgroup
tests_unit_proc_test_cgroup_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_proc_test_cgroup_LDADD = $(PROC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/proc/test_counters
tests_unit_proc_test_counters_SOURCES = tests/unit/proc/test_counters.c \
	tests/unit/namespace.c tests/unit/namespace.h tests/unit/tree.c tests/unit/tree.h
tests_unit_proc_test_counters_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_proc_test_counters_LDADD = $(PROC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/proc/test_fds
tests_unit_proc_test_fds_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_proc_test_fds_LDADD = $(PROC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/proc/test_netns
tests_unit_proc_test_netns_SOURCES = tests/unit/proc/test_netns.c \
	tests/unit/namespace.c tests/unit/namespace.h
tests_unit_proc_test_netns_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_proc_test_netns_LDADD = $(PROC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/proc/test_process
tests_unit_proc_test_process_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_proc_test_process_LDADD = $(PROC_LIBS) $(CMOCKA_LIBS)
