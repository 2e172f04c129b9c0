check_PROGRAMS += tests/unit/cli/test_options
tests_unit_cli_test_options_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_test_options_LDADD = $(CLI_LIBS) $(CMOCKA_LIBS)
