noinst_LIBRARIES += src/model/libmodel.a
src_model_libmodel_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
src_model_libmodel_a_SOURCES = \
	src/model/expect.c src/model/expect.h \
	src/model/finding.c src/model/finding.h \
	src/model/num.c src/model/num.h \
	src/model/report.c src/model/report.h \
	src/model/report_json.c src/model/report_json.h \
	src/model/socket.c src/model/socket.h \
	src/model/socket_words.c src/model/socket_words.h \
	src/model/tcp_info.c src/model/tcp_info.h \
	src/model/value.c src/model/value.h \
	src/model/version.c src/model/version.h
MODEL_LIBS = src/model/libmodel.a $(BASE_LIBS) $(JANSSON_LIBS)
