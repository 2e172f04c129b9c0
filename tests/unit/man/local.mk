check_PROGRAMS += tests/unit/man/test_markdown tests/unit/man/test_weave
tests_unit_man_test_markdown_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_man_test_markdown_LDADD = $(MAN_LIBS) $(CMOCKA_LIBS)
tests_unit_man_test_weave_SOURCES = tests/unit/man/test_weave.c tests/unit/tree.c tests/unit/tree.h
tests_unit_man_test_weave_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_man_test_weave_LDADD = $(MAN_LIBS) $(CMOCKA_LIBS)
