# libFuzzer targets: configure CC=clang --enable-fuzzers --enable-sanitizers, then make fuzzers.
FUZZERS = tests/fuzz/fuzz_diag tests/fuzz/fuzz_frame tests/fuzz/fuzz_probe tests/fuzz/fuzz_profile \
	tests/fuzz/fuzz_sysctld tests/fuzz/fuzz_value
if ENABLE_FUZZERS
EXTRA_PROGRAMS += $(FUZZERS)
tests_fuzz_fuzz_diag_LDADD = $(SOCK_LIBS)
tests_fuzz_fuzz_diag_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_probe_LDADD = $(PROBES_LIBS)
tests_fuzz_fuzz_probe_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_profile_LDADD = $(PROFILE_LIBS)
tests_fuzz_fuzz_profile_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_value_LDADD = $(SYSCTL_LIBS)
tests_fuzz_fuzz_value_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_frame_LDADD = $(RPC_LIBS)
tests_fuzz_fuzz_frame_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_sysctld_LDADD = $(BOOT_LIBS)
tests_fuzz_fuzz_sysctld_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzzers: $(FUZZERS)
else
fuzzers:
	@echo "the fuzzers need: configure CC=clang --enable-fuzzers --enable-sanitizers" >&2; exit 1
endif
.PHONY: fuzzers
EXTRA_DIST += tests/fuzz/corpus
CLEANFILES += $(FUZZERS)
