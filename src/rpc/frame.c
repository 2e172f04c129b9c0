/* rpc/frame.c - see frame.h. */
#include "rpc/frame.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"

void frame_buffer_fini(struct frame_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct frame_buffer){.most = buffer->most};
}

static void make_room(struct frame_buffer *buffer, size_t more)
{
	enum {
		FIRST = 512
	};
	size_t held = buffer->len - buffer->start, room = FIRST;
	char *data;

	if (buffer->room - buffer->len >= more)
		return;
	/* moving down only when half is free keeps the copying linear */
	if (held + more <= buffer->room && buffer->start >= buffer->room / 2) {
		memmove(buffer->data, buffer->data + buffer->start, held);
	} else {
		while (room < held + more)
			room *= 2;
		data = mem_alloc(room);
		if (held)
			memcpy(data, buffer->data + buffer->start, held);
		free(buffer->data);
		buffer->data = data;
		buffer->room = room;
	}
	buffer->scanned -= buffer->start;
	buffer->len = held;
	buffer->start = 0;
}

void frame_add(struct frame_buffer *buffer, const char *bytes, size_t len)
{
	if (!len)
		return;
	make_room(buffer, len);
	memcpy(buffer->data + buffer->len, bytes, len);
	buffer->len += len;
}

int frame_next(struct frame_buffer *buffer, char **text, size_t *len)
{
	char *end;

	if (buffer->start == buffer->len) {
		frame_buffer_fini(buffer);
		return 0;
	}
	end = memchr(buffer->data + buffer->scanned, '\0', buffer->len - buffer->scanned);
	buffer->scanned = end ? (size_t)(end - buffer->data) : buffer->len;
	if (buffer->scanned - buffer->start > buffer->most)
		return -EOVERFLOW;
	if (!end)
		return 0;
	*text = buffer->data + buffer->start;
	*len = buffer->scanned - buffer->start;
	buffer->start = buffer->scanned = buffer->scanned + 1;
	return 1;
}

bool frame_is_pending(const struct frame_buffer *buffer)
{
	return buffer->start < buffer->len;
}
