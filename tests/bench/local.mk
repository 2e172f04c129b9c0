# `make bench`: the numbers to hold, each against its rival in the same run. Never fails a build.
BENCHES = tests/bench/read_keys tests/bench/spawn tests/bench/clients \
	tests/bench/apply tests/bench/many_sockets tests/bench/bare_dump
EXTRA_PROGRAMS += $(BENCHES)
tests_bench_read_keys_SOURCES = tests/bench/read_keys.c tests/bench/stats.h
tests_bench_read_keys_LDADD = $(CATALOG_LIBS) $(SYSCTL_LIBS)
tests_bench_spawn_SOURCES = tests/bench/spawn.c tests/bench/stats.h
tests_bench_spawn_LDADD = $(BASE_LIBS)
tests_bench_clients_SOURCES = tests/bench/clients.c tests/bench/stats.h
tests_bench_clients_LDADD = $(BASE_LIBS)
tests_bench_apply_SOURCES = tests/bench/apply.c tests/bench/stats.h
tests_bench_apply_LDADD = $(APPLY_LIBS)
tests_bench_many_sockets_LDADD = $(BASE_LIBS)
tests_bench_bare_dump_LDADD = $(BASE_LIBS)
bench: all $(BENCHES)
	FETTLE_SRCDIR='$(abs_top_srcdir)' FETTLE_BUILDDIR='$(abs_top_builddir)' \
		$(top_srcdir)/tests/bench/run $(BENCH_FLAGS)
.PHONY: bench
EXTRA_DIST += tests/bench/run tests/bench/rival.sh tests/bench/sockets.sh
CLEANFILES += $(BENCHES)
