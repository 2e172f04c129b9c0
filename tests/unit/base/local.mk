check_PROGRAMS += tests/unit/base/test_err
tests_unit_base_test_err_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_err_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/test_errno_name
tests_unit_base_test_errno_name_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_errno_name_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/test_fd
tests_unit_base_test_fd_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_fd_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/test_file
tests_unit_base_test_file_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_file_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/test_mem
tests_unit_base_test_mem_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_mem_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/test_str
tests_unit_base_test_str_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_str_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/test_durable
tests_unit_base_test_durable_SOURCES = tests/unit/base/test_durable.c tests/unit/tree.c tests/unit/tree.h
tests_unit_base_test_durable_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_durable_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/test_histogram
tests_unit_base_test_histogram_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_histogram_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/test_notify
tests_unit_base_test_notify_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_notify_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/base/test_unix_address
tests_unit_base_test_unix_address_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_unix_address_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
