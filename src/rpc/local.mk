noinst_LIBRARIES += src/rpc/librpc.a
src_rpc_librpc_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
src_rpc_librpc_a_SOURCES =
RPC_LIBS = src/rpc/librpc.a $(BASE_LIBS) $(JANSSON_LIBS)
