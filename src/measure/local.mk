noinst_LIBRARIES += src/measure/libmeasure.a
src_measure_libmeasure_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
src_measure_libmeasure_a_SOURCES = src/measure/measure.c src/measure/measure.h src/measure/token.c
MEASURE_LIBS = src/measure/libmeasure.a $(BASE_LIBS) $(JANSSON_LIBS)
