check_PROGRAMS += tests/unit/render/test_render
tests_unit_render_test_render_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_render_test_render_SOURCES = tests/unit/render/test_render.c \
	tests/unit/render/fixture.c tests/unit/render/fixture.h \
	tests/unit/render/golden.c tests/unit/render/golden.h
tests_unit_render_test_render_LDADD = $(RENDER_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/render/test_term
tests_unit_render_test_term_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_render_test_term_LDADD = $(RENDER_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/render/test_fast_json
tests_unit_render_test_fast_json_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_render_test_fast_json_LDADD = $(RENDER_LIBS) $(CMOCKA_LIBS)

# compared byte by byte with what the renderers print
EXTRA_DIST += \
	tests/unit/render/golden/report.json \
	tests/unit/render/golden/report.xml \
	tests/unit/render/golden/report-critical.xml \
	tests/unit/render/golden/small-empty.txt \
	tests/unit/render/golden/small-not-applicable.txt \
	tests/unit/render/golden/small-unchecked.txt \
	tests/unit/render/golden/small-waived.txt \
	tests/unit/render/golden/small-well.txt \
	tests/unit/render/golden/table-120-verbose.txt \
	tests/unit/render/golden/table-120.txt \
	tests/unit/render/golden/table-40-color.txt \
	tests/unit/render/golden/table-40.txt \
	tests/unit/render/golden/table-80-ascii.txt \
	tests/unit/render/golden/table-80-color.txt \
	tests/unit/render/golden/table-80.txt \
	tests/unit/render/golden/table-unlimited.txt

check_PROGRAMS += tests/unit/render/test_sockets
tests_unit_render_test_sockets_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_render_test_sockets_SOURCES = tests/unit/render/test_sockets.c \
	tests/unit/render/golden.c tests/unit/render/golden.h \
	tests/unit/render/sockets_fixture.c tests/unit/render/sockets_fixture.h
tests_unit_render_test_sockets_LDADD = $(RENDER_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += \
	tests/unit/render/golden/sockets.jsonl \
	tests/unit/render/golden/sockets-120-ascii.txt \
	tests/unit/render/golden/sockets-120-color.txt \
	tests/unit/render/golden/sockets-120-verbose.txt \
	tests/unit/render/golden/sockets-30.txt \
	tests/unit/render/golden/sockets-80.txt \
	tests/unit/render/golden/sockets-unlimited.txt
