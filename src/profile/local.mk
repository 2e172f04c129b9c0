noinst_LIBRARIES += src/profile/libprofile.a
src_profile_libprofile_a_CFLAGS = $(AM_CFLAGS) $(YAML_CFLAGS) $(MD_CFLAGS) $(JANSSON_CFLAGS)
src_profile_libprofile_a_SOURCES =
PROFILE_LIBS = src/profile/libprofile.a $(SYSCTL_LIBS) $(YAML_LIBS) $(MD_LIBS)
