/* tests/fuzz/fuzz_frame.c - whatever a client sends, cut into whatever pieces.
 *
 * The first byte seeds the sizes of the pieces; the rest is what is sent. The messages found must
 * be those that a search for NULs finds, and a call that parses must have what a call has. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/frame.h"
#include "rpc/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	MOST = 4096
};

static void check_message(const char *text, size_t len)
{
	struct rpc_reply reply;
	struct rpc_call call;
	const char *member = NULL;
	struct err err;
	int r;

	if (strlen(text) != len)
		abort();
	r = rpc_call_parse(text, len, &call, &member, &err);
	if (r == 0) {
		if (!call.method || (call.parameters && !json_is_object(call.parameters)))
			abort();
		rpc_call_fini(&call);
	} else if ((r == -EINVAL) != (member != NULL) || !err.text[0]) {
		abort();
	}
	if (!rpc_reply_parse(text, len, &reply, &err)) {
		if (!json_is_object(reply.parameters))
			abort();
		rpc_reply_fini(&reply);
	}
}

/* Takes what is whole by now, each of which must be the next in `*expected`. True when it is over.
 */
static bool take(struct frame_buffer *buffer, const char **expected)
{
	size_t len;
	char *text;
	int r;

	while ((r = frame_next(buffer, &text, &len)) > 0) {
		if (len > MOST || memcmp(text, *expected, len + 1) != 0)
			abort();
		*expected += len + 1;
		check_message(text, len);
	}
	return r < 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame_buffer buffer = {.most = MOST};
	const char *bytes = (const char *)data + 1, *expected = bytes;
	unsigned random;
	size_t at = 0;
	bool over = false;

	if (!size)
		return 0;
	random = data[0];
	size--;
	while (at < size && !over) {
		size_t piece = 1 + (size_t)rand_r(&random) % (data[0] & 1 ? 7 : 1024);

		if (piece > size - at)
			piece = size - at;
		frame_add(&buffer, bytes + at, piece);
		at += piece;
		over = take(&buffer, &expected);
	}
	if (!over && (frame_is_pending(&buffer) != (expected < bytes + size)))
		abort();
	frame_buffer_fini(&buffer);
	return 0;
}
