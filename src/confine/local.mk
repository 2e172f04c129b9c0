noinst_LIBRARIES += src/confine/libconfine.a
src_confine_libconfine_a_CFLAGS = $(AM_CFLAGS) $(SECCOMP_CFLAGS) $(CAPNG_CFLAGS)
src_confine_libconfine_a_SOURCES = \
	src/confine/calls.c src/confine/calls.h \
	src/confine/nobody.c src/confine/nobody.h
CONFINE_LIBS = src/confine/libconfine.a $(BASE_LIBS) $(SECCOMP_LIBS) $(CAPNG_LIBS)
