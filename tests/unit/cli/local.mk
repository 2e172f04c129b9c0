check_PROGRAMS += tests/unit/cli/test_options
tests_unit_cli_test_options_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_test_options_LDADD = $(CLI_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/cli/test_choice
tests_unit_cli_test_choice_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_test_choice_LDADD = $(CLI_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/cli/test_sockets
tests_unit_cli_test_sockets_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_test_sockets_LDADD = $(CLI_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/cli/test_help
tests_unit_cli_test_help_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_test_help_LDADD = $(CLI_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/cli/test_probe_words
tests_unit_cli_test_probe_words_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_cli_test_probe_words_LDADD = $(CLI_LIBS) $(CMOCKA_LIBS)
