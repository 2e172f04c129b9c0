APPLY_TESTS = \
	tests/unit/apply/test_crc32c \
	tests/unit/apply/test_guard \
	tests/unit/apply/test_journal \
	tests/unit/apply/test_kernel \
	tests/unit/apply/test_module \
	tests/unit/apply/test_order \
	tests/unit/apply/test_persist \
	tests/unit/apply/test_plan \
	tests/unit/apply/test_steps \
	tests/unit/apply/test_transaction
check_PROGRAMS += $(APPLY_TESTS)

APPLY_TEST_COMMON = tests/unit/apply/rig.c tests/unit/apply/rig.h \
	tests/unit/check/fixture.c tests/unit/check/fixture.h tests/unit/tree.c tests/unit/tree.h
APPLY_TEST_SPACE = tests/unit/namespace.c tests/unit/namespace.h
APPLY_TEST_LIBS = $(APPLY_LIBS) $(CMOCKA_LIBS)

tests_unit_apply_test_crc32c_LDADD = $(APPLY_TEST_LIBS)
tests_unit_apply_test_guard_SOURCES = tests/unit/apply/test_guard.c $(APPLY_TEST_COMMON)
tests_unit_apply_test_guard_LDADD = $(APPLY_TEST_LIBS)
tests_unit_apply_test_journal_SOURCES = tests/unit/apply/test_journal.c \
	tests/unit/apply/journal_rig.c tests/unit/apply/journal_rig.h tests/unit/tree.c tests/unit/tree.h
tests_unit_apply_test_journal_LDADD = $(APPLY_TEST_LIBS)
tests_unit_apply_test_kernel_SOURCES = tests/unit/apply/test_kernel.c $(APPLY_TEST_COMMON) $(APPLY_TEST_SPACE)
tests_unit_apply_test_kernel_LDADD = $(APPLY_TEST_LIBS)
tests_unit_apply_test_module_SOURCES = tests/unit/apply/test_module.c $(APPLY_TEST_COMMON)
tests_unit_apply_test_module_LDADD = $(APPLY_TEST_LIBS)
tests_unit_apply_test_order_SOURCES = tests/unit/apply/test_order.c $(APPLY_TEST_SPACE)
tests_unit_apply_test_order_LDADD = $(APPLY_TEST_LIBS)
tests_unit_apply_test_persist_SOURCES = tests/unit/apply/test_persist.c $(APPLY_TEST_COMMON)
tests_unit_apply_test_persist_LDADD = $(APPLY_TEST_LIBS)
tests_unit_apply_test_plan_SOURCES = tests/unit/apply/test_plan.c $(APPLY_TEST_COMMON) $(APPLY_TEST_SPACE)
tests_unit_apply_test_plan_LDADD = $(APPLY_TEST_LIBS)
tests_unit_apply_test_steps_SOURCES = tests/unit/apply/test_steps.c $(APPLY_TEST_COMMON)
tests_unit_apply_test_steps_LDADD = $(APPLY_TEST_LIBS)
tests_unit_apply_test_transaction_SOURCES = tests/unit/apply/test_transaction.c $(APPLY_TEST_COMMON)
tests_unit_apply_test_transaction_LDADD = $(APPLY_TEST_LIBS)
