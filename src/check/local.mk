noinst_LIBRARIES += src/check/libcheck.a
src_check_libcheck_a_CFLAGS = $(AM_CFLAGS)
src_check_libcheck_a_SOURCES = \
	src/check/audit.c src/check/audit.h \
	src/check/check.c src/check/check.h \
	src/check/host.c src/check/host.h \
	src/check/lint.c src/check/lint.h \
	src/check/offer.c src/check/offer.h \
	src/check/quantity.c src/check/quantity.h \
	src/check/reboot.c src/check/reboot.h \
	src/check/resolve.c src/check/resolve.h \
	src/check/rules.c \
	src/check/select.c src/check/select.h \
	src/check/sysctl.c \
	src/check/target.c src/check/target.h \
	src/check/when.c src/check/when.h
CHECK_LIBS = src/check/libcheck.a $(BOOT_LIBS) $(PROFILE_LIBS) $(CATALOG_LIBS)
