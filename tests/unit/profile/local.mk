PROFILE_TEST_FIXTURE = tests/unit/profile/fixture.c tests/unit/profile/fixture.h \
	tests/unit/profile/dump.h

check_PROGRAMS += tests/unit/profile/test_doc \
	tests/unit/profile/test_endpoint \
	tests/unit/profile/test_path_host \
	tests/unit/profile/test_quantity \
	tests/unit/profile/test_settings \
	tests/unit/profile/test_parts \
	tests/unit/profile/test_load \
	tests/unit/profile/test_search \
	tests/unit/profile/test_show \
	tests/unit/profile/test_config

tests_unit_profile_test_doc_SOURCES = tests/unit/profile/test_doc.c $(PROFILE_TEST_FIXTURE)
tests_unit_profile_test_doc_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_profile_test_doc_LDADD = $(PROFILE_LIBS) $(CMOCKA_LIBS)
tests_unit_profile_test_endpoint_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_profile_test_endpoint_LDADD = $(PROFILE_LIBS) $(CMOCKA_LIBS)
tests_unit_profile_test_path_host_SOURCES = tests/unit/profile/test_path_host.c \
	$(PROFILE_TEST_FIXTURE)
tests_unit_profile_test_path_host_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_profile_test_path_host_LDADD = $(PROFILE_LIBS) $(CMOCKA_LIBS)
tests_unit_profile_test_quantity_SOURCES = tests/unit/profile/test_quantity.c $(PROFILE_TEST_FIXTURE)
tests_unit_profile_test_quantity_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_profile_test_quantity_LDADD = $(PROFILE_LIBS) $(CMOCKA_LIBS)
tests_unit_profile_test_settings_SOURCES = tests/unit/profile/test_settings.c $(PROFILE_TEST_FIXTURE)
tests_unit_profile_test_settings_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_profile_test_settings_LDADD = $(PROFILE_LIBS) $(CMOCKA_LIBS)
tests_unit_profile_test_parts_SOURCES = tests/unit/profile/test_parts.c $(PROFILE_TEST_FIXTURE)
tests_unit_profile_test_parts_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_profile_test_parts_LDADD = $(PROFILE_LIBS) $(CMOCKA_LIBS)
tests_unit_profile_test_load_SOURCES = tests/unit/profile/test_load.c $(PROFILE_TEST_FIXTURE)
tests_unit_profile_test_load_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_profile_test_load_LDADD = $(PROFILE_LIBS) $(CMOCKA_LIBS)
tests_unit_profile_test_search_SOURCES = tests/unit/profile/test_search.c $(PROFILE_TEST_FIXTURE)
tests_unit_profile_test_search_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_profile_test_search_LDADD = $(PROFILE_LIBS) $(CMOCKA_LIBS)
tests_unit_profile_test_show_SOURCES = tests/unit/profile/test_show.c $(PROFILE_TEST_FIXTURE)
tests_unit_profile_test_show_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_profile_test_show_LDADD = $(PROFILE_LIBS) $(CMOCKA_LIBS)
tests_unit_profile_test_config_SOURCES = tests/unit/profile/test_config.c $(PROFILE_TEST_FIXTURE)
tests_unit_profile_test_config_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_profile_test_config_LDADD = $(PROFILE_LIBS) $(CMOCKA_LIBS)

# run by tests/run: python3 tests/unit/profile/check_*.py SRCDIR
EXTRA_DIST += tests/unit/profile/check_config.py tests/unit/profile/check_schema.py tests/unit/profile/golden
