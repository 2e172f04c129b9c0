/* tests/fuzz/fuzz_probe.c - whatever the far end of a probe sends: lines, and what they are taken
 * for.
 *
 * What is taken must be in its bounds, and what is refused must say why. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probes/exchange.h"
#include "probes/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_line(const char *line)
{
	struct flow_limits limits = {.time_us = 1000000, .bytes = 1000000};
	struct flow_received received;
	struct flow_sent sent;
	char text[16];
	uint64_t most;
	struct err err;

	if (protocol_read_sent(line, &sent, &most, &err) == 0) {
		if (sent.limited_by >= LIMITED_COUNT || sent.confidence >= CONFIDENCE_COUNT ||
		    !memchr(sent.congestion, '\0', sizeof(sent.congestion)))
			abort();
	} else if (!err.text[0]) {
		abort();
	}
	if (protocol_read_received(line, &received, &most, &err) < 0 && !err.text[0])
		abort();
	protocol_bound(line, &limits);
	if (limits.time_us > 1000000 || limits.bytes > 1000000)
		abort();
	if (lines_text(line, "id", text, sizeof(text)) && strlen(text) >= sizeof(text))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct auth_token token = {.text = "0123456789abcdef", .len = 16};
	char line[LINES_MOST + 1];
	struct lines lines = {0};
	int fds[2];
	struct err err = {0};

	if (size > 4096 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) < 0)
		return 0;
	lines.fd = fds[0];
	if (send(fds[1], data, size, 0) == (ssize_t)size) {
		shutdown(fds[1], SHUT_WR);
		while (lines_poll(&lines, line, &err) == 1) {
			if (strlen(line) > LINES_MOST)
				abort();
			read_line(line);
			/* a proof that is right by chance there is not */
			if (exchange_accept(fds[0], line, "00112233445566778899aabbccddeeff",
					    &token, &err) == 0)
				abort();
		}
		if (!err.text[0])
			abort();
	}
	close(fds[0]);
	close(fds[1]);
	return 0;
}
