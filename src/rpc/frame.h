/* rpc/frame.h - bytes in, messages out: varlink ends each message with a NUL.
 *
 * Holds nothing while nothing is waiting, so that a thousand idle peers cost no buffers; looks at
 * each byte once, however small the pieces it arrives in. */
#ifndef RPC_FRAME_H
#define RPC_FRAME_H

#include <stdbool.h>
#include <stddef.h>

struct frame_buffer {
	size_t most; /* bytes a message may have, its NUL aside; set by the owner, {.most = N} */
	char *data;
	size_t start;   /* of the first message not yet given out */
	size_t scanned; /* no NUL between start and here */
	size_t len, room;
};

enum {
	FRAME_MOST_CALL = 1024 * 1024,       /* what a service accepts */
	FRAME_MOST_REPLY = 16 * 1024 * 1024, /* what a client accepts */
};

void frame_buffer_fini(struct frame_buffer *buffer) __attribute__((nonnull));
/* Adds what was read. Messages given out before are gone after this. */
void frame_add(struct frame_buffer *buffer, const char *bytes, size_t len) __attribute__((nonnull));
/* The next whole message, NUL-terminated, valid until the next call on this buffer.
 * Returns 1, 0 when there is none yet, or -EOVERFLOW when it has more than `most` bytes: nothing
 * behind it can be made sense of. */
int frame_next(struct frame_buffer *buffer, char **text, size_t *len)
	__attribute__((nonnull, warn_unused_result));
/* Part of a message has arrived, or a whole one was not taken yet. */
bool frame_is_pending(const struct frame_buffer *buffer) __attribute__((nonnull));

#endif
