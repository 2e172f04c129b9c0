noinst_LIBRARIES += src/sock/libsock.a
src_sock_libsock_a_CPPFLAGS = $(AM_CPPFLAGS) -isystem $(top_builddir)/src
src_sock_libsock_a_CFLAGS = $(AM_CFLAGS) $(NL_CFLAGS) $(LIBBPF_CFLAGS)
src_sock_libsock_a_SOURCES = \
	src/sock/diag.c src/sock/diag.h \
	src/sock/diag_parse.c \
	src/sock/diag_request.c src/sock/diag_request.h \
	src/sock/duplicate.c src/sock/duplicate.h \
	src/sock/owners.c src/sock/owners.h \
	src/sock/sock_iter.h \
	src/sock/source.h \
	src/sock/source_bpf.c src/sock/source_bpf.h \
	src/sock/source_pidfd.c \
	src/sock/source_proc.c src/sock/source_proc.h \
	src/sock/survey.c src/sock/survey.h \
	src/sock/survey_destroy.c src/sock/survey_destroy.h \
	src/sock/survey_tell.c \
	src/sock/walk.c src/sock/walk.h
SOCK_LIBS = src/sock/libsock.a $(PROC_LIBS) $(NL_LIBS) $(LIBBPF_LIBS)

# What runs in the kernel: clang compiles it, bpftool drops its debug information but for BTF and
# makes a header of it. BTF names the source: as of this tree, not of where somebody built it.
EXTRA_DIST += src/sock/sock_iter.bpf.c
CLEANFILES += src/sock/sock_iter.raw.o src/sock/sock_iter.bpf.o src/sock/sock_iter.skel.h
if HAVE_BPF
src/sock/libsock_a-source_bpf.$(OBJEXT): src/sock/sock_iter.skel.h
src/sock/sock_iter.raw.o: src/sock/sock_iter.bpf.c src/sock/sock_iter.h
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(BPF_CLANG) $(BPF_CFLAGS) $(LIBBPF_CFLAGS) -I$(top_srcdir)/src \
		-ffile-prefix-map='$(abs_top_builddir)=.' -ffile-prefix-map='$(abs_top_srcdir)=.' \
		-c $(top_srcdir)/src/sock/sock_iter.bpf.c -o $@
src/sock/sock_iter.bpf.o: src/sock/sock_iter.raw.o
	$(AM_V_GEN)$(BPFTOOL) gen object $@ src/sock/sock_iter.raw.o
src/sock/sock_iter.skel.h: src/sock/sock_iter.bpf.o
	$(AM_V_GEN)$(BPFTOOL) gen skeleton src/sock/sock_iter.bpf.o name sock_iter_bpf >$@.tmp && \
		mv $@.tmp $@
endif
