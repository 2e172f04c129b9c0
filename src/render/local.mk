noinst_LIBRARIES += src/render/librender.a
src_render_librender_a_CFLAGS = $(AM_CFLAGS) $(SMARTCOLS_CFLAGS) $(JANSSON_CFLAGS)
src_render_librender_a_SOURCES =
RENDER_LIBS = src/render/librender.a $(MODEL_LIBS) $(SMARTCOLS_LIBS)
