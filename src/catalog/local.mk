noinst_LIBRARIES += src/catalog/libcatalog.a
src_catalog_libcatalog_a_CFLAGS = $(AM_CFLAGS)
src_catalog_libcatalog_a_SOURCES = \
	src/catalog/catalog.c src/catalog/catalog.h src/catalog/tables.h \
	src/catalog/fs.c src/catalog/kernel.c src/catalog/net_core.c \
	src/catalog/net_ip.c src/catalog/net_ipv6.c src/catalog/net_other.c \
	src/catalog/net_tcp.c src/catalog/vm.c
CATALOG_LIBS = src/catalog/libcatalog.a $(MODEL_LIBS)
