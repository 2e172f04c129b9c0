noinst_LIBRARIES += src/base/libbase.a
src_base_libbase_a_SOURCES = \
	src/base/durable.c src/base/durable.h \
	src/base/err.c src/base/err.h \
	src/base/errno_name.c src/base/errno_name.h \
	src/base/fault.h \
	src/base/fd.c src/base/fd.h \
	src/base/file.c src/base/file.h \
	src/base/histogram.c src/base/histogram.h \
	src/base/log.c src/base/log.h \
	src/base/mem.c src/base/mem.h \
	src/base/notify.c src/base/notify.h \
	src/base/str.c src/base/str.h \
	src/base/table.c src/base/table.h \
	src/base/unix_address.c src/base/unix_address.h
BASE_LIBS = src/base/libbase.a
