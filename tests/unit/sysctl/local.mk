check_PROGRAMS += tests/unit/sysctl/test_compare
tests_unit_sysctl_test_compare_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sysctl_test_compare_LDADD = $(SYSCTL_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/sysctl/test_name
tests_unit_sysctl_test_name_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sysctl_test_name_LDADD = $(SYSCTL_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/sysctl/test_normalise
tests_unit_sysctl_test_normalise_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sysctl_test_normalise_LDADD = $(SYSCTL_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/sysctl/test_read
tests_unit_sysctl_test_read_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sysctl_test_read_LDADD = $(SYSCTL_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/sysctl/test_write
tests_unit_sysctl_test_write_SOURCES = tests/unit/sysctl/test_write.c \
	tests/unit/namespace.c tests/unit/namespace.h tests/unit/tree.c tests/unit/tree.h
tests_unit_sysctl_test_write_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_sysctl_test_write_LDADD = $(SYSCTL_LIBS) $(CMOCKA_LIBS)
