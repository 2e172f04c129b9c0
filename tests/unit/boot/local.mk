BOOT_TESTS = \
	tests/unit/boot/test_files \
	tests/unit/boot/test_host \
	tests/unit/boot/test_parse \
	tests/unit/boot/test_plan \
	tests/unit/boot/test_root
check_PROGRAMS += $(BOOT_TESTS)

BOOT_TEST_COMMON = tests/unit/tree.c tests/unit/tree.h
tests_unit_boot_test_files_SOURCES = tests/unit/boot/test_files.c $(BOOT_TEST_COMMON)
tests_unit_boot_test_files_LDADD = $(BOOT_LIBS) $(CMOCKA_LIBS)
tests_unit_boot_test_host_SOURCES = tests/unit/boot/test_host.c $(BOOT_TEST_COMMON)
tests_unit_boot_test_host_LDADD = $(BOOT_LIBS) $(CMOCKA_LIBS)
tests_unit_boot_test_parse_LDADD = $(BOOT_LIBS) $(CMOCKA_LIBS)
tests_unit_boot_test_plan_SOURCES = tests/unit/boot/test_plan.c $(BOOT_TEST_COMMON)
tests_unit_boot_test_plan_LDADD = $(BOOT_LIBS) $(CMOCKA_LIBS)
tests_unit_boot_test_root_SOURCES = tests/unit/boot/test_root.c $(BOOT_TEST_COMMON)
tests_unit_boot_test_root_LDADD = $(BOOT_LIBS) $(CMOCKA_LIBS)
