/* rpc/client.c - see client.h. */
#include "rpc/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "base/unix_address.h"
#include "rpc/frame.h"

struct rpc_client {
	int fd;
	unsigned timeout_ms;
	char *path; /* for messages */
	struct frame_buffer in;
};

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int timed_out(const struct rpc_client *client, struct err *err)
{
	return err_set(err, ETIMEDOUT, "%s: no answer within %u ms", client->path,
		       client->timeout_ms);
}

static int broken(const struct rpc_client *client, int error, const char *tried, struct err *err)
{
	return err_set(err, error, "%s: cannot %s: %s", client->path, tried, strerror(error));
}

static int wait_for(const struct rpc_client *client, short events, long long deadline_ms,
		    struct err *err)
{
	struct pollfd poll_fd = {.fd = client->fd, .events = events};

	for (;;) {
		long long left = deadline_ms - now_ms();
		int r;

		if (left <= 0)
			return timed_out(client, err);
		r = poll(&poll_fd, 1, (int)left);
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return broken(client, errno, "wait", err);
	}
}

/* A connect(2) to a Unix-domain socket whose backlog is full cannot be polled for; what bounds the
 * wait is SO_SNDTIMEO, and it ends in EAGAIN (socket(7); unix_stream_connect() in the kernel). */
static int connect_within(struct rpc_client *client, struct err *err)
{
	struct sockaddr_un address;
	struct timeval limit = {
		.tv_sec = (time_t)(client->timeout_ms / 1000),
		.tv_usec = (suseconds_t)(client->timeout_ms % 1000) * 1000,
	};
	int r = unix_address_make(client->path, &address, err);

	if (r < 0)
		return r;
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0 ||
	    setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return broken(client, errno, "make a socket", err);
	do
		r = connect(client->fd, (const struct sockaddr *)&address, sizeof(address));
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno == EAGAIN)
		return timed_out(client, err);
	if (r < 0)
		return broken(client, errno, "connect", err);
	if (fcntl(client->fd, F_SETFL, O_NONBLOCK) < 0)
		return broken(client, errno, "connect", err);
	return 0;
}

int rpc_client_connect(const char *socket_path, unsigned timeout_ms, struct rpc_client **out,
		       struct err *err)
{
	_cleanup_(rpc_client_freep) struct rpc_client *client = mem_alloc(sizeof(*client));
	int r;

	client->fd = -1;
	client->timeout_ms = timeout_ms ? timeout_ms : 1;
	client->path = mem_strdup(socket_path);
	client->in.most = FRAME_MOST_REPLY;
	r = connect_within(client, err);
	if (r < 0)
		return r;
	*out = TAKE_PTR(client);
	return 0;
}

void rpc_client_free(struct rpc_client *client)
{
	if (!client)
		return;
	if (client->fd >= 0)
		close(client->fd);
	frame_buffer_fini(&client->in);
	free(client->path);
	free(client);
}

/* A peer that hung up may have said why first: then the reading finds it. */
static int send_all(struct rpc_client *client, const char *bytes, size_t len, long long deadline_ms,
		    struct err *err)
{
	while (len) {
		ssize_t sent = send(client->fd, bytes, len, MSG_NOSIGNAL);

		if (sent >= 0) {
			bytes += sent;
			len -= (size_t)sent;
		} else if (errno == EAGAIN) {
			int r = wait_for(client, POLLOUT, deadline_ms, err);

			if (r < 0)
				return r;
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return 0;
		} else if (errno != EINTR) {
			return broken(client, errno, "send", err);
		}
	}
	return 0;
}

static int receive(struct rpc_client *client, char **text, size_t *len, long long deadline_ms,
		   struct err *err)
{
	char piece[16384];

	for (;;) {
		int r = frame_next(&client->in, text, len);
		ssize_t got;

		if (r > 0)
			return 0;
		if (r < 0)
			return err_set(err, EOVERFLOW, "%s: an answer of more than %d bytes",
				       client->path, FRAME_MOST_REPLY);
		got = recv(client->fd, piece, sizeof(piece), 0);
		if (got > 0)
			frame_add(&client->in, piece, (size_t)got);
		else if (!got)
			return err_set(err, ECONNRESET,
				       "%s: closed the connection before answering", client->path);
		else if (errno == EAGAIN)
			r = wait_for(client, POLLIN, deadline_ms, err);
		else if (errno != EINTR)
			return broken(client, errno, "receive", err);
		if (r < 0)
			return r;
	}
}

static int send_call(struct rpc_client *client, const char *method, json_t *parameters, bool more,
		     struct err *err)
{
	_cleanup_free_ char *call = rpc_call_text(method, json_incref(parameters), more);

	return send_all(client, call, strlen(call) + 1, now_ms() + client->timeout_ms, err);
}

static int read_reply(struct rpc_client *client, struct rpc_reply *reply, struct err *err)
{
	char *text;
	size_t len;
	int r = receive(client, &text, &len, now_ms() + client->timeout_ms, err);

	if (!r)
		r = rpc_reply_parse(text, len, reply, err);
	return r == -EPROTO ? err_prefix(err, "%s: ", client->path) : r;
}

int rpc_client_call(struct rpc_client *client, const char *method, json_t *parameters,
		    struct rpc_reply *reply, struct err *err)
{
	int r = send_call(client, method, parameters, false, err);

	return r < 0 ? r : read_reply(client, reply, err);
}

int rpc_client_follow(struct rpc_client *client, const char *method, json_t *parameters,
		      void (*seen)(void *context, const json_t *parameters), void *context,
		      struct rpc_reply *reply, struct err *err)
{
	int r = send_call(client, method, parameters, true, err);

	for (;;) {
		if (!r)
			r = read_reply(client, reply, err);
		if (r < 0 || !reply->continues)
			return r;
		seen(context, reply->parameters);
		rpc_reply_fini(reply);
	}
}
