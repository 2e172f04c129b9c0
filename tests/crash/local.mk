# The crash tests need root, or a user namespace: `tests/crash/matrix.py`. The library is compiled
# once more, with the places where it can be stopped.
EXTRA_PROGRAMS += tests/crash/subject
tests_crash_subject_CPPFLAGS = $(AM_CPPFLAGS) -DFETTLE_FAULTS
tests_crash_subject_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_crash_subject_SOURCES = tests/crash/subject.c tests/crash/fault.c \
	src/base/durable.c src/sysctl/write.c $(src_apply_libapply_a_SOURCES)
tests_crash_subject_LDADD = $(CHECK_LIBS)
EXTRA_DIST += tests/crash/matrix.py
CLEANFILES += tests/crash/subject
