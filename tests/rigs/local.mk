# The path with a known truth, for tests and benchmarks of what measures paths.
EXTRA_PROGRAMS += tests/rigs/delay_line
tests_rigs_delay_line_CFLAGS = $(AM_CFLAGS) -pthread
tests_rigs_delay_line_LDADD = $(BASE_LIBS) -lpthread
CLEANFILES += tests/rigs/delay_line

# What certifies other varlink implementations, with ours.
EXTRA_PROGRAMS += tests/rigs/certification
tests_rigs_certification_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS)
tests_rigs_certification_LDADD = $(DAEMON_LIBS)
CLEANFILES += tests/rigs/certification
