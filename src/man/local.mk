noinst_LIBRARIES += src/man/libman.a
src_man_libman_a_CFLAGS = $(AM_CFLAGS)
src_man_libman_a_SOURCES = \
	src/man/markdown.c src/man/markdown.h \
	src/man/roff.c src/man/roff.h \
	src/man/tables.c src/man/tables.h \
	src/man/weave.c src/man/weave.h
MAN_LIBS = src/man/libman.a $(CLI_LIBS) $(DAEMON_LIBS)

# Makes the pages of packaging/man; not installed.
noinst_PROGRAMS += src/man/weave
src_man_weave_SOURCES = src/man/main.c
src_man_weave_LDADD = $(MAN_LIBS)
