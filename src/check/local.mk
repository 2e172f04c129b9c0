noinst_LIBRARIES += src/check/libcheck.a
src_check_libcheck_a_CFLAGS = $(AM_CFLAGS)
src_check_libcheck_a_SOURCES = \
	src/check/audit.c src/check/audit.h \
	src/check/check.c src/check/check.h \
	src/check/host.c src/check/host.h \
	src/check/lint.c src/check/lint.h \
	src/check/live.c src/check/live.h \
	src/check/live_access.c \
	src/check/live_counters.c \
	src/check/live_keys.c \
	src/check/live_listen.c \
	src/check/live_match.c \
	src/check/live_path.c src/check/live_path.h \
	src/check/live_path_rule.c \
	src/check/live_path_view.c \
	src/check/live_ports.c \
	src/check/live_process.c \
	src/check/live_profile.c \
	src/check/live_rates.c \
	src/check/live_sockets.c \
	src/check/live_state.h \
	src/check/live_udp.c \
	src/check/live_verdict.c \
	src/check/namespaces.c src/check/namespaces.h \
	src/check/notice.c \
	src/check/offer.c src/check/offer.h \
	src/check/quantity.c src/check/quantity.h \
	src/check/range.c src/check/range.h \
	src/check/reboot.c src/check/reboot.h \
	src/check/resolve.c src/check/resolve.h \
	src/check/rule.c src/check/rule.h \
	src/check/rule_host.c \
	src/check/rule_socket.c \
	src/check/select.c src/check/select.h \
	src/check/sysctl.c \
	src/check/target.c src/check/target.h \
	src/check/when.c src/check/when.h
CHECK_LIBS = src/check/libcheck.a $(SOCK_LIBS) $(BOOT_LIBS) $(PROFILE_LIBS) $(CATALOG_LIBS)
