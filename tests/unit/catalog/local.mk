check_PROGRAMS += tests/unit/catalog/test_catalog
tests_unit_catalog_test_catalog_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_catalog_test_catalog_LDADD = $(CATALOG_LIBS) $(SYSCTL_LIBS) $(CMOCKA_LIBS)
