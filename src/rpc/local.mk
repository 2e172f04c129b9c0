noinst_LIBRARIES += src/rpc/librpc.a
src_rpc_librpc_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
src_rpc_librpc_a_SOURCES = \
	src/rpc/client.c src/rpc/client.h \
	src/rpc/frame.c src/rpc/frame.h \
	src/rpc/interface.c src/rpc/interface.h \
	src/rpc/message.c src/rpc/message.h \
	src/rpc/netns.c src/rpc/netns.h
nodist_src_rpc_librpc_a_SOURCES = src/rpc/interface_text.c
RPC_LIBS = src/rpc/librpc.a $(BASE_LIBS) $(JANSSON_LIBS)

# The interface definitions become C strings, so that what is served is what is in the tree.
rpc_definitions = src/rpc/org.varlink.service.varlink src/rpc/org.fettle.varlink
src/rpc/interface_text.c: $(rpc_definitions)
	$(AM_V_GEN)$(MKDIR_P) src/rpc && { \
	echo '/* Generated from the .varlink files in src/rpc. */'; \
	echo '#include "rpc/interface.h"'; \
	for name in service:org.varlink.service fettle:org.fettle; do \
		echo "const char rpc_text_$${name%%:*}[] ="; \
		$(SED) -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' \
			$(top_srcdir)/src/rpc/$${name#*:}.varlink || exit 1; \
		echo ';'; \
	done; } >$@.tmp && mv $@.tmp $@
EXTRA_DIST += $(rpc_definitions)
CLEANFILES += src/rpc/interface_text.c
