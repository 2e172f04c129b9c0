noinst_LIBRARIES += src/check/libcheck.a
src_check_libcheck_a_CFLAGS = $(AM_CFLAGS)
src_check_libcheck_a_SOURCES =
CHECK_LIBS = src/check/libcheck.a $(PROFILE_LIBS) $(CATALOG_LIBS)
