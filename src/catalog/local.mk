noinst_LIBRARIES += src/catalog/libcatalog.a
src_catalog_libcatalog_a_CFLAGS = $(AM_CFLAGS)
src_catalog_libcatalog_a_SOURCES =
CATALOG_LIBS = src/catalog/libcatalog.a $(MODEL_LIBS)
