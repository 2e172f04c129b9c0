RPC_TESTS = \
	tests/unit/rpc/test_client \
	tests/unit/rpc/test_frame \
	tests/unit/rpc/test_interface \
	tests/unit/rpc/test_message
check_PROGRAMS += $(RPC_TESTS)

tests_unit_rpc_test_client_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_rpc_test_client_LDADD = $(RPC_LIBS) $(CMOCKA_LIBS)
tests_unit_rpc_test_frame_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_rpc_test_frame_LDADD = $(RPC_LIBS) $(CMOCKA_LIBS)
tests_unit_rpc_test_interface_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_rpc_test_interface_LDADD = $(RPC_LIBS) $(CMOCKA_LIBS)
tests_unit_rpc_test_message_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_rpc_test_message_LDADD = $(RPC_LIBS) $(CMOCKA_LIBS)
