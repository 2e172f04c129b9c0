/* check/rule_socket.c - the rules that look at single sockets; see rule.h. */
#include "check/rule.h"

const struct check_rule rules_of_sockets[RULES_OF_SOCKETS] = {
	[RULE_ACCEPT_QUEUE_FULL] =
		{"socket.accept-queue-full", SEVERITY_CRITICAL, "accept queue full",
		 "While the queue is full the kernel drops the last step of the handshake: clients "
		 "wait a second or more for a connection that this host could have taken.",
		 "more connections wait to be accepted than the backlog says, in any look",
		 "recv_queue and backlog of the listener (sock_diag), in how many looks it was "
		 "full",
		 "make the application accept faster, or ask for a larger backlog in listen(2); "
		 "net.core.somaxconn must allow it",
		 "listen(2); include/net/sock.h, sk_acceptq_is_full() of kernel 6.18",
		 RULE_NEEDS_SOCKETS},
	[RULE_BACKLOG_CUT] =
		{"socket.backlog-cut", SEVERITY_INFO, "backlog cut by somaxconn",
		 "A listener whose backlog equals net.core.somaxconn asked for that or for more: "
		 "the kernel cuts without telling, and what was asked is not kept anywhere.",
		 "backlog equals net.core.somaxconn; a warning when the queue was over half full, "
		 "or that of TCP not empty while ListenOverflows moved; a Unix socket only when "
		 "it was over half full, as systemd asks for the most for each of its",
		 "backlog and recv_queue of the listener (sock_diag), net.core.somaxconn of its "
		 "namespace, ListenOverflows",
		 "raise net.core.somaxconn, then restart the service: the backlog is cut when "
		 "listen(2) is called",
		 "listen(2); net/socket.c, __sys_listen()", RULE_NEEDS_SOCKETS},
	[RULE_NO_REUSEADDR] =
		{"socket.no-reuseaddr", SEVERITY_WARNING, "listener without SO_REUSEADDR",
		 "Connections in TIME-WAIT hold the port for a minute: until they are gone a "
		 "restart "
		 "of this service fails with EADDRINUSE.",
		 "a TCP listener with neither SO_REUSEADDR nor SO_REUSEPORT, and connections in "
		 "TIME-WAIT on its port, at its address or, for a wildcard, at any that it takes",
		 "the listener's options, TIME-WAIT connections on its address and port "
		 "(sock_diag)",
		 "set SO_REUSEADDR before bind(2) in the application; after the change the first "
		 "restart still waits for the old connections",
		 "socket(7); ip(7); net/ipv4/inet_connection_sock.c, inet_bind_conflict()",
		 RULE_NEEDS_SOCKETS},
	[RULE_CLOSE_WAIT_AGED] =
		{"process.close-wait-aged", SEVERITY_WARNING, "connections not closed",
		 "The far end closed, this process did not: each such connection keeps a "
		 "descriptor "
		 "and its buffers for as long as the process lives.",
		 "at least 5 connections of a process are in CLOSE-WAIT and nothing came on them "
		 "for more than 60 seconds, whatever came on others since",
		 "CLOSE-WAIT connections of the process, how many of them are that old, the "
		 "oldest's last_ack_recv (tcp_info)",
		 "the application must close a socket once read(2) returned 0; a restart frees "
		 "them",
		 "tcp(7); RFC 9293, 3.3.2", RULE_NEEDS_SOCKETS},
	[RULE_CLOSE_WAIT_GROWING] =
		{"process.close-wait-growing", SEVERITY_CRITICAL, "connections leak",
		 "Connections that the far end closed pile up in this process: it will run out of "
		 "descriptors and then accept nobody.",
		 "the count of CLOSE-WAIT connections of a process rises from each look to the "
		 "next, "
		 "and is at least 20 in the last",
		 "CLOSE-WAIT connections of the process in each look (sock_diag)",
		 "the application must close a socket once read(2) returned 0; a restart frees "
		 "them",
		 "tcp(7); RFC 9293, 3.3.2", RULE_NEEDS_SOCKETS | RULE_NEEDS_LOOKS},
	[RULE_EPHEMERAL_PORTS] =
		{"socket.ephemeral-ports", SEVERITY_CRITICAL, "ephemeral ports nearly used up",
		 "A connection from one address to one address and port needs a local port of its "
		 "own: when none is left connect(2) fails with EADDRNOTAVAIL.",
		 "80 % of ip_local_port_range without ip_local_reserved_ports is in use from one "
		 "local address towards one remote address and port, TIME-WAIT included",
		 "ports in use and in TIME-WAIT towards the destination (sock_diag), ports in the "
		 "range",
		 "keep connections open and reuse them; widen net.ipv4.ip_local_port_range; use "
		 "more "
		 "local or remote addresses",
		 "ip(7); kernel Documentation/networking/ip-sysctl.rst, ip_local_port_range",
		 RULE_NEEDS_SOCKETS},
	[RULE_TIME_WAIT_PORTS] =
		{"socket.time-wait-ports", SEVERITY_WARNING, "ports held by TIME-WAIT",
		 "Connections that this host closed first hold their ports for a minute; that many "
		 "of them towards one destination leave few ports for new ones.",
		 "75 % of the ephemeral ports are in TIME-WAIT from one local address towards one "
		 "remote address and port; only info when tcp_tw_reuse lets connect(2) take them",
		 "ports in TIME-WAIT towards the destination (sock_diag), ports in the range, "
		 "tcp_tw_reuse",
		 "keep connections open and reuse them, or let the far end close first; "
		 "net.ipv4.tcp_tw_reuse=1 where both ends use timestamps",
		 "kernel Documentation/networking/ip-sysctl.rst, tcp_tw_reuse; RFC 6191",
		 RULE_NEEDS_SOCKETS},
	[RULE_CONGESTION] =
		{"socket.congestion-differs", SEVERITY_INFO, "another congestion control",
		 "What the sysctl says is not what these connections do: an application, a route "
		 "or "
		 "a BPF program chose for them, or the key was changed after they were opened.",
		 "a connection's congestion control is not net.ipv4.tcp_congestion_control of its "
		 "namespace",
		 "the connection's algorithm (sock_diag), the sysctl, who chose it (BPF)",
		 "look for TCP_CONGESTION in the application, congctl in `ip route`, and sock_ops "
		 "programs; or restart what was started before the key was changed",
		 "tcp(7), TCP_CONGESTION; ip-route(8), congctl", RULE_NEEDS_SOCKETS},
	[RULE_NO_KEEPALIVE] =
		{"socket.no-keepalive", SEVERITY_WARNING, "idle without keepalive",
		 "When the far end or a firewall between forgets an idle connection, this process "
		 "is never told: it keeps the descriptor, and its next write meets silence.",
		 "established to another host, no data either way for 2 hours, SO_KEEPALIVE off "
		 "and "
		 "no TCP_USER_TIMEOUT",
		 "last_data_sent and last_data_recv (tcp_info), the options",
		 "set SO_KEEPALIVE, with TCP_KEEPIDLE below what firewalls on the way allow, in "
		 "the "
		 "application",
		 "tcp(7); RFC 9293, 3.8.4; RFC 5382, REQ-5", RULE_NEEDS_SOCKETS},
	[RULE_LINGER] = {"socket.linger-wait", SEVERITY_INFO, "close may block",
			 "With SO_LINGER and a time, close(2) waits for the far end to take what "
			 "is left, up "
			 "to that time. Whether the socket is non-blocking, which is the same for "
			 "close(2), "
			 "cannot be seen from here.",
			 "SO_LINGER on with a time above 0",
			 "the option's seconds, state of the connection",
			 "leave SO_LINGER off, or close in a thread that may wait; use shutdown(2) "
			 "and read "
			 "to the end to know that all arrived",
			 "socket(7), SO_LINGER; net/ipv4/tcp.c, tcp_close()", RULE_NEEDS_SOCKETS},
	[RULE_NAGLE] =
		{"socket.nagle-delay", SEVERITY_WARNING,
		 "small writes wait for delayed acknowledgements",
		 "Nagle's algorithm holds the second small write of a request until the first is "
		 "acknowledged, and the far end delays that acknowledgement: each exchange takes "
		 "40 ms or more instead of a round trip.",
		 "TCP_NODELAY off; data held back in a look though window and congestion window "
		 "have "
		 "room; segments below half the MSS; at least 10 ms of waiting for each; a "
		 "smoothed "
		 "RTT of 10 ms or more that is at least 5 times the smallest",
		 "notsent, unacked, rtt, min_rtt (tcp_info); bytes, segments and busy time between "
		 "the looks",
		 "write each request with one write(2) or writev(2), or set TCP_NODELAY in the "
		 "application",
		 "RFC 896; RFC 9293, 3.7.4; tcp(7), TCP_NODELAY; tried on kernel 6.18",
		 RULE_NEEDS_SOCKETS | RULE_NEEDS_LOOKS},
	[RULE_RETRANSMITS] =
		{"socket.retransmits", SEVERITY_WARNING, "many retransmissions",
		 "Segments are lost on the way, or time-outs fire too early; a congestion control "
		 "that takes loss for congestion slows down far below the path's rate.",
		 "more than 1 of 64 segments of a connection was sent again, of at least 640",
		 "total_retrans and segs_out over the life of the connection (tcp_info), its "
		 "congestion control",
		 "look for loss on the path (link errors, policers, full queues); where it is "
		 "random, "
		 "a congestion control that does not rely on loss, such as bbr, keeps its rate",
		 "RFC 5681; RFC 9438; kernel include/uapi/linux/tcp.h", RULE_NEEDS_SOCKETS},
	[RULE_RCVBUF_BDP] =
		{"socket.rcvbuf-below-bdp", SEVERITY_WARNING, "SO_RCVBUF bounds the rate",
		 "Setting SO_RCVBUF switches the kernel's tuning off for that socket: the window "
		 "stays at what was set, and no more than one window can arrive in a round trip.",
		 "SO_RCVBUF set by the application, to another host, and what arrived in a round "
		 "trip "
		 "fills 75 % of the receive window",
		 "bytes received between the looks, min_rtt, rcv_wnd (tcp_info), rcvbuf",
		 "leave SO_RCVBUF alone and let net.ipv4.tcp_rmem bound the tuning, or set it to "
		 "twice the bandwidth-delay product",
		 "tcp(7), socket(7), SO_RCVBUF; RFC 7323, 2",
		 RULE_NEEDS_SOCKETS | RULE_NEEDS_LOOKS},
	[RULE_RECV_BUFFER] =
		{"socket.recv-buffer-limited", SEVERITY_WARNING, "receive buffer at its maximum",
		 "The kernel may not grow this connection's buffer any more and the window bounds "
		 "the rate.",
		 "the buffer is at 75 % of net.ipv4.tcp_rmem's maximum or more, not set by the "
		 "application, and either a round trip fills 75 % of the window or the sender on "
		 "this host was stopped by it (rwnd_limited)",
		 "rcvbuf (sock_diag), tcp_rmem, bytes received between the looks, min_rtt, "
		 "rcv_wnd, "
		 "rwnd_limited of the sender where it is on this host",
		 "raise the third field of net.ipv4.tcp_rmem to three times the bandwidth-delay "
		 "product: about half of a buffer is window (0.47 on kernel 6.1, 0.61 on 6.18)",
		 "tcp(7), tcp_rmem; include/uapi/linux/tcp.h, tcpi_rwnd_limited",
		 RULE_NEEDS_SOCKETS | RULE_NEEDS_LOOKS},
	[RULE_SEND_BUFFER] =
		{"socket.send-buffer-limited", SEVERITY_WARNING, "send buffer at its maximum",
		 "The kernel may not grow this connection's buffer any more, and the path could "
		 "take "
		 "more than fits in it.",
		 "the buffer is at 75 % of net.ipv4.tcp_wmem's maximum or more, and at least 5 % "
		 "of "
		 "the time that data was in flight between the looks it was the limit",
		 "sndbuf (sock_diag), tcp_wmem, sndbuf_limited and busy_time between the looks "
		 "(tcp_info)",
		 "raise the third field of net.ipv4.tcp_wmem to twice the bandwidth-delay product",
		 "tcp(7), tcp_wmem; include/uapi/linux/tcp.h, tcpi_sndbuf_limited",
		 RULE_NEEDS_SOCKETS | RULE_NEEDS_LOOKS},
	[RULE_UDP_DROPS] =
		{"socket.udp-drops", SEVERITY_WARNING, "datagrams dropped",
		 "Datagrams came faster than the process read them and its buffer was full: they "
		 "are "
		 "gone, and nobody was told.",
		 "RcvbufErrors of a namespace moved between the looks",
		 "RcvbufErrors (/proc/net/snmp), drops and rcvbuf of the sockets that lost them "
		 "(sock_diag), whether the application set the buffer, rmem_max, rmem_default",
		 "read faster; ask for a larger SO_RCVBUF, which net.core.rmem_max must allow",
		 "udp(7); socket(7), SO_RCVBUF; kernel Documentation/networking/snmp_counter.rst",
		 RULE_NEEDS_SOCKETS | RULE_NEEDS_LOOKS},
	[RULE_UNIX_WRITABLE] =
		{"socket.unix-writable", SEVERITY_WARNING, "Unix socket of root open to everyone",
		 "Any local user may connect to this service of root, or send to it: only what it "
		 "checks itself stands between them and root.",
		 "a Unix socket that root made, which listens or takes datagrams, with a path that "
		 "everyone may write to through folders that everyone may search; info when it "
		 "listens at an abstract name, which has no mode: a container that shares the "
		 "network namespace may connect as well; not on the list of services known to "
		 "check who asks, or meant for all",
		 "the path, its mode, the process that holds it",
		 "give the socket mode 0660 and a group (SocketMode= and SocketGroup= of "
		 "systemd.socket(5)), or make sure that the service checks SO_PEERCRED",
		 "unix(7), Pathname socket ownership and permissions, Abstract sockets",
		 RULE_NEEDS_SOCKETS},
	[RULE_PATH_BUFFERS] =
		{"path.buffers-below-bdp", SEVERITY_WARNING, "path bounded by a buffer",
		 "No more than one window, and no more than one send buffer, is under way in a "
		 "round trip: on a long path that decides the rate, whatever the network could "
		 "carry.",
		 "to another host, with a round trip above 1 ms: the far end's receive window, or "
		 "the send buffer here, held a connection back for at least 20 % of the time that "
		 "data was in flight (between the looks; with one look, over its life; 10 round "
		 "trips at least); and that window is filled to 75 % by the bandwidth-delay "
		 "product, or SO_SNDBUF or the maximum of net.ipv4.tcp_wmem is below twice of it",
		 "rwnd_limited, sndbuf_limited and busy_time, delivery_rate, min_rtt, snd_wnd "
		 "(tcp_info), sndbuf (sock_diag), tcp_wmem; the best rate to the destination",
		 "raise the limit that the finding names, on the host that it names, to twice the "
		 "bandwidth-delay product, or three times for a window, which is about half of "
		 "its buffer; then make the connections anew, as those that are open "
		 "may keep their buffers, and look again: what was measured under the limit is "
		 "less than the path can carry",
		 "RFC 7323, 2; tcp(7), tcp_rmem, tcp_wmem; include/uapi/linux/tcp.h, "
		 "tcpi_rwnd_limited, tcpi_sndbuf_limited",
		 RULE_NEEDS_SOCKETS},
};
