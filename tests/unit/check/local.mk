CHECK_TESTS = \
	tests/unit/check/test_audit \
	tests/unit/check/test_lint \
	tests/unit/check/test_live \
	tests/unit/check/test_live_full \
	tests/unit/check/test_live_listen \
	tests/unit/check/test_live_path \
	tests/unit/check/test_live_path_rule \
	tests/unit/check/test_live_profile \
	tests/unit/check/test_live_unix \
	tests/unit/check/test_live_unknown \
	tests/unit/check/test_quantity \
	tests/unit/check/test_range \
	tests/unit/check/test_reboot \
	tests/unit/check/test_select \
	tests/unit/check/test_sysctl \
	tests/unit/check/test_target \
	tests/unit/check/test_when
check_PROGRAMS += $(CHECK_TESTS)

CHECK_TEST_COMMON = tests/unit/check/fixture.c tests/unit/check/fixture.h \
	tests/unit/tree.c tests/unit/tree.h
tests_unit_check_test_audit_SOURCES = tests/unit/check/test_audit.c $(CHECK_TEST_COMMON)
tests_unit_check_test_audit_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
tests_unit_check_test_lint_SOURCES = tests/unit/check/test_lint.c $(CHECK_TEST_COMMON)
tests_unit_check_test_lint_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
LIVE_TEST_COMMON = tests/unit/check/live_fixture.c tests/unit/check/live_fixture.h \
	$(CHECK_TEST_COMMON)
tests_unit_check_test_live_SOURCES = tests/unit/check/test_live.c $(LIVE_TEST_COMMON)
tests_unit_check_test_live_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
tests_unit_check_test_live_full_SOURCES = tests/unit/check/test_live_full.c $(LIVE_TEST_COMMON)
tests_unit_check_test_live_full_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
tests_unit_check_test_live_listen_SOURCES = tests/unit/check/test_live_listen.c \
	$(LIVE_TEST_COMMON)
tests_unit_check_test_live_listen_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
PATH_TEST_COMMON = tests/unit/check/path_fixture.h $(LIVE_TEST_COMMON)
tests_unit_check_test_live_path_SOURCES = tests/unit/check/test_live_path.c $(PATH_TEST_COMMON)
tests_unit_check_test_live_path_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
tests_unit_check_test_live_path_rule_SOURCES = tests/unit/check/test_live_path_rule.c \
	$(PATH_TEST_COMMON)
tests_unit_check_test_live_path_rule_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
tests_unit_check_test_live_profile_SOURCES = tests/unit/check/test_live_profile.c \
	$(LIVE_TEST_COMMON)
tests_unit_check_test_live_profile_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
tests_unit_check_test_live_unix_SOURCES = tests/unit/check/test_live_unix.c $(LIVE_TEST_COMMON)
tests_unit_check_test_live_unix_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
tests_unit_check_test_live_unknown_SOURCES = tests/unit/check/test_live_unknown.c \
	$(LIVE_TEST_COMMON)
tests_unit_check_test_live_unknown_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
tests_unit_check_test_quantity_SOURCES = tests/unit/check/test_quantity.c $(CHECK_TEST_COMMON)
tests_unit_check_test_quantity_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
tests_unit_check_test_range_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
tests_unit_check_test_reboot_SOURCES = tests/unit/check/test_reboot.c $(CHECK_TEST_COMMON)
tests_unit_check_test_reboot_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
tests_unit_check_test_select_SOURCES = tests/unit/check/test_select.c $(CHECK_TEST_COMMON)
tests_unit_check_test_select_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
tests_unit_check_test_sysctl_SOURCES = tests/unit/check/test_sysctl.c $(CHECK_TEST_COMMON)
tests_unit_check_test_sysctl_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
tests_unit_check_test_target_SOURCES = tests/unit/check/test_target.c $(CHECK_TEST_COMMON)
tests_unit_check_test_target_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
tests_unit_check_test_when_SOURCES = tests/unit/check/test_when.c $(CHECK_TEST_COMMON)
tests_unit_check_test_when_LDADD = $(CHECK_LIBS) $(CMOCKA_LIBS)
