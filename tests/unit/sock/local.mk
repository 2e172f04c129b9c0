check_PROGRAMS += tests/unit/sock/test_source_bpf
tests_unit_sock_test_source_bpf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sock_test_source_bpf_LDADD = $(SOCK_LIBS) $(CMOCKA_LIBS)

# For tests/scenario/sock_bpf.py.
EXTRA_PROGRAMS += tests/unit/sock/list_source
tests_unit_sock_list_source_LDADD = $(SOCK_LIBS)
CLEANFILES += tests/unit/sock/list_source

check_PROGRAMS += tests/unit/sock/test_diag
tests_unit_sock_test_diag_SOURCES = tests/unit/sock/test_diag.c \
	tests/unit/sock/answers.c tests/unit/sock/answers.h
tests_unit_sock_test_diag_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(NL_CFLAGS)
tests_unit_sock_test_diag_LDADD = $(SOCK_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/sock/test_duplicate
tests_unit_sock_test_duplicate_SOURCES = tests/unit/sock/test_duplicate.c \
	tests/unit/namespace.c tests/unit/namespace.h
tests_unit_sock_test_duplicate_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sock_test_duplicate_LDADD = $(SOCK_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/sock/test_owners
tests_unit_sock_test_owners_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sock_test_owners_LDADD = $(SOCK_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/sock/test_parse
tests_unit_sock_test_parse_SOURCES = tests/unit/sock/test_parse.c \
	tests/unit/sock/answers.c tests/unit/sock/answers.h
tests_unit_sock_test_parse_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sock_test_parse_LDADD = $(SOCK_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/sock/test_walk
tests_unit_sock_test_walk_SOURCES = tests/unit/sock/test_walk.c \
	tests/unit/namespace.c tests/unit/namespace.h
tests_unit_sock_test_walk_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sock_test_walk_LDADD = $(SOCK_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/sock/test_survey
tests_unit_sock_test_survey_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sock_test_survey_LDADD = $(SOCK_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/sock/test_survey_destroy
tests_unit_sock_test_survey_destroy_SOURCES = tests/unit/sock/test_survey_destroy.c \
	tests/unit/sock/answers.c tests/unit/sock/answers.h
tests_unit_sock_test_survey_destroy_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(NL_CFLAGS)
tests_unit_sock_test_survey_destroy_LDADD = $(SOCK_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/sock/test_source_pidfd
tests_unit_sock_test_source_pidfd_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sock_test_source_pidfd_LDADD = $(SOCK_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/sock/test_recorded
tests_unit_sock_test_recorded_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sock_test_recorded_LDADD = $(SOCK_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += tests/unit/sock/record_diag.py tests/unit/sock/data/linux-6.18.diag
