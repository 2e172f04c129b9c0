noinst_LIBRARIES += src/render/librender.a
src_render_librender_a_CFLAGS = $(AM_CFLAGS) $(SMARTCOLS_CFLAGS) $(JANSSON_CFLAGS)
src_render_librender_a_SOURCES = \
	src/render/columns.c src/render/columns.h \
	src/render/fast_json.c src/render/fast_json.h \
	src/render/json.c \
	src/render/junit.c \
	src/render/render.c src/render/render.h \
	src/render/sockets.c src/render/sockets.h \
	src/render/sockets_detail.c src/render/sockets_detail.h \
	src/render/sockets_json.c src/render/sockets_table.c \
	src/render/table.c \
	src/render/term.c src/render/term.h
RENDER_LIBS = src/render/librender.a $(MODEL_LIBS) $(SMARTCOLS_LIBS)
