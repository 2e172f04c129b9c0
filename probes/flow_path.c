/* probes/flow_path.c - what the kernel knows of a connection's path; see flow.h. */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "model/tcp_info.h"
#include "probes/flow.h"

enum {
	HEADERS_V4 = 40,
	HEADERS_V6 = 60,
	TIMESTAMPS = 12,
	INFO_SIZE = 512,
};

uint64_t flow_field(const void *info, size_t len, enum tcp_field name)
{
	uint64_t value = 0;

	return tcp_info_get(info, len, name, &value) ? value : 0;
}

static uint64_t header_bytes(int fd, const void *info, size_t len)
{
	struct sockaddr_storage at = {0};
	socklen_t size = sizeof(at);
	uint64_t headers = HEADERS_V4;

	if (getpeername(fd, (struct sockaddr *)&at, &size) == 0 && at.ss_family == AF_INET6)
		headers = HEADERS_V6;
	return headers +
	       (flow_field(info, len, TCP_OPTIONS) & TCPI_OPT_TIMESTAMPS ? TIMESTAMPS : 0);
}

void flow_path_take(int fd, const void *info, size_t len, struct flow_path *path)
{
	path->min_rtt_us = flow_field(info, len, TCP_MIN_RTT_US);
	path->mss_bytes = flow_field(info, len, TCP_SND_MSS_BYTES);
	path->packet_bytes = path->mss_bytes ? path->mss_bytes + header_bytes(fd, info, len) : 0;
}

void flow_path_read(int fd, struct flow_path *path)
{
	char info[INFO_SIZE];
	socklen_t len = sizeof(info);

	*path = (struct flow_path){0};
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &len) == 0)
		flow_path_take(fd, info, len, path);
}
