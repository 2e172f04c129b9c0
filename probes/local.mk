# fettle-probe: everything but main() and the table of probes in a library, for the tests.
noinst_LIBRARIES += probes/libprobes.a
probes_libprobes_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SECCOMP_CFLAGS) \
	$(MD_CFLAGS)
probes_libprobes_a_SOURCES = \
	probes/advice.c probes/advice.h \
	probes/auth.c probes/auth.h \
	probes/bdp.c \
	probes/believe.c probes/believe.h \
	probes/claim.c probes/claim.h \
	probes/combine.c probes/combine.h \
	probes/estimate.c probes/estimate.h \
	probes/exchange.c probes/exchange.h \
	probes/flow_path.c probes/flow_receive.c probes/flow_send.c probes/flow.h \
	probes/handshake.c probes/handshake.h \
	probes/hops.c probes/hops.h \
	probes/hops_measure.c \
	probes/hops_tcp.c \
	probes/icmp_answer.c probes/icmp_answer.h \
	probes/lines.c probes/lines.h \
	probes/limits.c probes/limits.h \
	probes/limits_effects.c \
	probes/limits_sockets.c \
	probes/mtu_search.c probes/mtu_search.h \
	probes/net.c probes/net.h \
	probes/path.c probes/path_state.h \
	probes/path_judge.c \
	probes/path_mtu.c probes/path_mtu.h \
	probes/path_tell.c \
	probes/probe.h \
	probes/progress.c \
	probes/protocol.c probes/protocol.h \
	probes/reflect.c \
	probes/sandbox.c probes/sandbox.h \
	probes/segment.c probes/segment.h \
	probes/tcp_most.c probes/tcp_most.h \
	probes/transport_links.c probes/transport_links.h \
	probes/transport_peer.c probes/transport_peer.h \
	probes/transport_send.c probes/transport_send.h \
	probes/transport_trips.c probes/transport_trips.h \
	probes/transports.c probes/transports.h \
	probes/volley.c probes/volley.h \
	probes/words.c probes/words.h
PROBES_LIBS = probes/libprobes.a $(CONFINE_LIBS) $(SOCK_LIBS) $(MODEL_LIBS) $(MD_LIBS)

pkglibexec_PROGRAMS += fettle-probe
fettle_probe_SOURCES = probes/main.c
fettle_probe_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fettle_probe_LDADD = $(PROBES_LIBS)
