noinst_LIBRARIES += src/cli/libcli.a
src_cli_libcli_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
src_cli_libcli_a_SOURCES = \
	src/cli/cli.c src/cli/cli.h \
	src/cli/change.c src/cli/change.h \
	src/cli/choice.c src/cli/choice.h \
	src/cli/cmd_apply.c \
	src/cli/cmd_audit.c \
	src/cli/cmd_boot.c \
	src/cli/cmd_complete.c \
	src/cli/cmd_explain.c \
	src/cli/cmd_plan.c \
	src/cli/cmd_probe_bdp.c \
	src/cli/cmd_probe_limits.c \
	src/cli/cmd_probe_path.c \
	src/cli/cmd_probe_survey.c \
	src/cli/cmd_probe_transports.c \
	src/cli/cmd_profile.c \
	src/cli/cmd_reflect.c \
	src/cli/cmd_sockets.c \
	src/cli/cmd_status.c \
	src/cli/cmd_transactions.c \
	src/cli/complete.c src/cli/complete.h \
	src/cli/daemon.c src/cli/daemon.h \
	src/cli/duration.c src/cli/duration.h \
	src/cli/help.c src/cli/help.h \
	src/cli/local.c src/cli/local.h \
	src/cli/options.c src/cli/options.h \
	src/cli/output.c src/cli/output.h \
	src/cli/probe.c src/cli/probe.h \
	src/cli/probe_words.c src/cli/probe_words.h \
	src/cli/rows.c src/cli/rows.h \
	src/cli/show_change.c src/cli/show_change.h \
	src/cli/show_explain.c src/cli/show_explain.h \
	src/cli/show_survey.c src/cli/show_survey.h \
	src/cli/show_survey_json.c \
	src/cli/show_transactions.c
CLI_LIBS = src/cli/libcli.a $(MEASURE_LIBS) $(RENDER_LIBS) $(APPLY_LIBS) $(RPC_LIBS) $(SOCK_LIBS)

bin_PROGRAMS += fettle
fettle_SOURCES = src/cli/main.c
fettle_LDADD = $(CLI_LIBS)
