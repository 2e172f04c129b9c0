noinst_LIBRARIES += src/sysctl/libsysctl.a
src_sysctl_libsysctl_a_CFLAGS = $(AM_CFLAGS)
src_sysctl_libsysctl_a_SOURCES = \
	src/sysctl/compare.c src/sysctl/compare.h \
	src/sysctl/name.c src/sysctl/name.h \
	src/sysctl/normalise.c src/sysctl/normalise.h \
	src/sysctl/read.c src/sysctl/read.h \
	src/sysctl/write.c src/sysctl/write.h
SYSCTL_LIBS = src/sysctl/libsysctl.a $(MODEL_LIBS)
