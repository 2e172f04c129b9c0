check_PROGRAMS += tests/unit/probes/test_claim
tests_unit_probes_test_claim_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_probes_test_claim_LDADD = $(PROBES_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/probes/test_limits
tests_unit_probes_test_limits_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_probes_test_limits_LDADD = $(PROBES_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/probes/test_transports
tests_unit_probes_test_transports_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_probes_test_transports_LDADD = $(PROBES_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/probes/test_advice
tests_unit_probes_test_advice_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_probes_test_advice_LDADD = $(PROBES_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/probes/test_auth
tests_unit_probes_test_auth_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_probes_test_auth_LDADD = $(PROBES_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/probes/test_estimate
tests_unit_probes_test_estimate_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_probes_test_estimate_LDADD = $(PROBES_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/probes/test_protocol
tests_unit_probes_test_protocol_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_probes_test_protocol_LDADD = $(PROBES_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/probes/test_hops
tests_unit_probes_test_hops_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_probes_test_hops_LDADD = $(PROBES_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/probes/test_icmp_answer
tests_unit_probes_test_icmp_answer_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_probes_test_icmp_answer_LDADD = $(PROBES_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/probes/test_mtu_search
tests_unit_probes_test_mtu_search_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_probes_test_mtu_search_LDADD = $(PROBES_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/probes/test_combine
tests_unit_probes_test_combine_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_probes_test_combine_LDADD = $(PROBES_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/probes/test_believe
tests_unit_probes_test_believe_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_probes_test_believe_LDADD = $(PROBES_LIBS) $(CMOCKA_LIBS)
