noinst_LIBRARIES += src/profile/libprofile.a
src_profile_libprofile_a_CFLAGS = $(AM_CFLAGS) $(YAML_CFLAGS) $(MD_CFLAGS) $(JANSSON_CFLAGS)
src_profile_libprofile_a_SOURCES = \
	src/profile/computed.c src/profile/computed.h \
	src/profile/config.c src/profile/config.h \
	src/profile/decode.c src/profile/decode.h \
	src/profile/doc.c src/profile/doc.h \
	src/profile/emit.c src/profile/emit.h \
	src/profile/endpoint.c src/profile/endpoint.h \
	src/profile/json.c \
	src/profile/key.c src/profile/key.h \
	src/profile/load.c src/profile/load.h \
	src/profile/node.c \
	src/profile/operators.c src/profile/operators.h \
	src/profile/path_host.c \
	src/profile/profile.c src/profile/profile.h \
	src/profile/quantity.c src/profile/quantity.h \
	src/profile/rule_names.c src/profile/rule_names.h \
	src/profile/rules.c src/profile/rules.h \
	src/profile/search.c src/profile/search.h \
	src/profile/setting.c src/profile/setting.h \
	src/profile/show.c src/profile/show.h \
	src/profile/source.c src/profile/source.h \
	src/profile/waiver.c src/profile/waiver.h \
	src/profile/when.c src/profile/when.h
PROFILE_LIBS = src/profile/libprofile.a $(SYSCTL_LIBS) $(YAML_LIBS) $(MD_LIBS)
