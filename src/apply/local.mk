noinst_LIBRARIES += src/apply/libapply.a
src_apply_libapply_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
src_apply_libapply_a_SOURCES = \
	src/apply/context.c src/apply/context.h \
	src/apply/crc32c.c src/apply/crc32c.h \
	src/apply/guard.c src/apply/guard.h \
	src/apply/journal.c src/apply/journal.h \
	src/apply/lock.c src/apply/lock.h \
	src/apply/module.c src/apply/module.h \
	src/apply/order.c src/apply/order.h \
	src/apply/owner.c src/apply/owner.h \
	src/apply/persist.c src/apply/persist.h \
	src/apply/plan.c src/apply/plan.h \
	src/apply/plan_json.c \
	src/apply/proof.c src/apply/proof.h \
	src/apply/record.c src/apply/record.h \
	src/apply/result.c src/apply/result.h \
	src/apply/risk.c src/apply/risk.h \
	src/apply/session.c src/apply/session.h \
	src/apply/spawn.c src/apply/spawn.h \
	src/apply/steps.c src/apply/steps.h \
	src/apply/transaction.c src/apply/transaction.h \
	src/apply/txn.c src/apply/txn.h \
	src/apply/undo.c src/apply/undo.h
APPLY_LIBS = src/apply/libapply.a $(CHECK_LIBS)
