noinst_LIBRARIES += src/proc/libproc.a
src_proc_libproc_a_CFLAGS = $(AM_CFLAGS)
src_proc_libproc_a_SOURCES = \
	src/proc/cgroup.c \
	src/proc/counters.c src/proc/counters.h \
	src/proc/fds.c src/proc/fds.h \
	src/proc/netns.c src/proc/netns.h \
	src/proc/process.c src/proc/process.h
PROC_LIBS = src/proc/libproc.a $(MODEL_LIBS)
