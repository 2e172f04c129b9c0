/* tests/fuzz/fuzz_diag.c - whatever the kernel answers, or what is taken for it.
 *
 * The first byte says how the rest is read: 0 and 1 as one answer, of an inet or a Unix socket;
 * anything else as the datagrams of whole dumps, cut by it. What is told must lie in the message,
 * and text must end. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "model/tcp_info.h"
#include "sock/diag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int check(void *context, struct socket_record *record)
{
	char text[SOCKET_ADDRESS_SIZE];
	uint64_t value;

	(void)context;
	socket_address_print(&record->local, text);
	socket_address_print(&record->remote, text);
	for (unsigned i = 0; i < TCP_FIELD_COUNT; i++)
		tcp_info_get(record->tcp_info, record->tcp_info_len, i, &value);
	if (record->kind >= SOCKET_KIND_COUNT || record->state >= SOCKET_STATE_COUNT ||
	    record->n_memory > SOCKMEM_COUNT || record->known & ~socket_options_of(SOCKET_TCP) ||
	    (record->path && strlen(record->path) != record->path_len) ||
	    (record->congestion && strlen(record->congestion) > UINT16_MAX))
		abort();
	return 0;
}

static void dump(const uint8_t *data, size_t size, size_t piece)
{
	const struct sock_filter filter = {.kinds = 1 << SOCKET_UNIX_DGRAM | 1 << SOCKET_UDP};
	struct socket_coverage coverage = {0};
	struct sock_diag *diag;
	struct err err;
	int ends[2], r;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0)
		abort();
	diag = sock_diag_adopt(ends[0]);
	for (unsigned sent = 0; size && sent < 6; sent++) {
		size_t part = size < piece ? size : piece;

		if (send(ends[1], data, part, MSG_DONTWAIT) < 0)
			abort();
		data += part;
		size -= part;
	}
	for (unsigned i = 0; i < 3; i++) /* an empty datagram ends each list, if nothing else did */
		send(ends[1], "", 0, MSG_DONTWAIT);
	r = sock_diag_dump(diag, &filter, check, NULL, &coverage, &err);
	if (r && !err.text[0])
		abort();
	socket_coverage_fini(&coverage);
	sock_diag_free(diag);
	close(ends[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct socket_record record;
	struct err err;

	if (!size)
		return 0;
	if (data[0] == 0 && !sock_diag_parse_inet(data + 1, size - 1, IPPROTO_TCP, &record, &err))
		check(NULL, &record);
	if (data[0] == 1 && !sock_diag_parse_unix(data + 1, size - 1, &record, &err))
		check(NULL, &record);
	if (data[0] > 1)
		dump(data + 1, size - 1, (size_t)data[0] * 16);
	return 0;
}
