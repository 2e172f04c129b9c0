noinst_LIBRARIES += src/sysctl/libsysctl.a
src_sysctl_libsysctl_a_CFLAGS = $(AM_CFLAGS)
src_sysctl_libsysctl_a_SOURCES =
SYSCTL_LIBS = src/sysctl/libsysctl.a $(MODEL_LIBS)
