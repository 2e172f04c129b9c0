/* daemon/channel.c - see channel.h. */
#include "daemon/channel.h"

#include <errno.h>
#include <event2/buffer.h>
#include <string.h>
#include <sys/socket.h>

#include "rpc/frame.h"

enum {
	/* the longest answers of the two jobs that go on at a time, and what is said besides */
	UNREAD_MOST = 2 * FRAME_MOST_REPLY + 1024 * 1024
};

struct channel {
	int fd;
	bool over;
	struct event *readable, *writable;
	struct frame_buffer in;
	struct evbuffer *out;
	const struct channel_owner *calls;
	void *owner;
};

static void end(struct channel *channel)
{
	if (channel->over)
		return;
	channel->over = true;
	evbuffer_drain(channel->out, evbuffer_get_length(channel->out));
	event_del(channel->readable);
	event_del(channel->writable);
	channel->calls->ended(channel->owner);
}

static void on_readable(evutil_socket_t fd, short what, void *data)
{
	struct channel *channel = data;
	char piece[32768], *text;
	size_t len;
	ssize_t got;
	int r = 0;

	(void)what;
	got = recv(fd, piece, sizeof(piece), 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		end(channel);
		return;
	}
	frame_add(&channel->in, piece, (size_t)got);
	while (!channel->over && (r = frame_next(&channel->in, &text, &len)) > 0)
		channel->calls->message(channel->owner, text, len);
	if (r < 0)
		end(channel);
}

static void on_writable(evutil_socket_t fd, short what, void *data)
{
	struct channel *channel = data;

	(void)what;
	if (evbuffer_get_length(channel->out) && evbuffer_write(channel->out, fd) < 0 &&
	    errno != EAGAIN && errno != EINTR) {
		end(channel);
		return;
	}
	if (!evbuffer_get_length(channel->out))
		event_del(channel->writable);
}

struct channel *channel_new(struct event_base *base, int fd, const struct channel_owner *calls,
			    void *owner)
{
	struct channel *channel = mem_alloc(sizeof(*channel));

	channel->fd = fd;
	channel->in.most = FRAME_MOST_REPLY;
	channel->calls = calls;
	channel->owner = owner;
	channel->out = evbuffer_new();
	channel->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, channel);
	channel->writable = event_new(base, fd, EV_WRITE | EV_PERSIST, on_writable, channel);
	if (!channel->out || !channel->readable || !channel->writable ||
	    event_add(channel->readable, NULL) < 0)
		abort();
	return channel;
}

void channel_free(struct channel *channel)
{
	if (!channel)
		return;
	event_free(channel->readable);
	event_free(channel->writable);
	evbuffer_free(channel->out);
	frame_buffer_fini(&channel->in);
	close(channel->fd);
	free(channel);
}

void channel_send(struct channel *channel, const char *bytes, size_t len)
{
	if (channel->over)
		return;
	if (evbuffer_get_length(channel->out) + len > UNREAD_MOST) {
		end(channel);
		return;
	}
	if (evbuffer_add(channel->out, bytes, len) < 0 || event_add(channel->writable, NULL) < 0)
		abort();
}

void channel_send_text(struct channel *channel, const char *text)
{
	channel_send(channel, text, strlen(text) + 1);
}
