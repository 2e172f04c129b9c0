check_PROGRAMS += tests/unit/base/test_str
tests_unit_base_test_str_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_base_test_str_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
