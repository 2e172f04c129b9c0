check_PROGRAMS += tests/unit/measure/test_measure
tests_unit_measure_test_measure_SOURCES = tests/unit/measure/test_measure.c tests/unit/tree.c \
	tests/unit/tree.h
tests_unit_measure_test_measure_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_measure_test_measure_LDADD = $(MEASURE_LIBS) $(CMOCKA_LIBS)
