/* probes/transport_trips.c - see transport_trips.h.
 *
 * The ways take turns, message by message, so that whatever else the host does meets all of them.
 * What is sent has a number, which is the same in memory and in the file. */
#include "probes/transport_trips.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "probes/transports.h"

enum {
	WARM_UP_TURNS = 100,
	MOST_MS = 1500, /* of one transport; then fewer are measured */
	LOST_MOST = 1,  /* datagrams; each costs a second */
	NS_PER_MS = 1000 * 1000,
};

struct trips {
	enum transport_kind kind;
	struct transport_sender *sender;
	uint64_t *message;
	unsigned lost;
};

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* What answers an earlier message, which was given up, is passed over. */
static int read_back(int fd, uint64_t number)
{
	uint64_t message[TRANSPORT_MESSAGE_SIZE / sizeof(uint64_t)];
	size_t got = 0;

	for (;;) {
		ssize_t n = recv(fd, (char *)message + got, sizeof(message) - got, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (n == 0)
			return -ECONNRESET;
		got += (size_t)n;
		if (got < sizeof(message))
			continue;
		if (message[0] == number)
			return 0;
		if (message[0] > number)
			return -EPROTO;
		got = 0;
	}
}

/* A stream may take it in parts. */
static int send_message(const struct trips *trips, enum transport_how how)
{
	struct transport_sender *sender = trips->sender;
	size_t done = 0;

	while (done < TRANSPORT_MESSAGE_SIZE) {
		ssize_t n;

		sender->message = (const char *)trips->message + done;
		sender->size = TRANSPORT_MESSAGE_SIZE - done;
		sender->at = (off_t)done;
		n = transport_send(sender, how);
		if (n < 0)
			return (int)n;
		done += (size_t)n;
	}
	return 0;
}

/* What the kernel tells of memory it is through with is taken when the clock has stopped. */
static int round_trip(const struct trips *trips, enum transport_how how, uint64_t number,
		      uint64_t *ns)
{
	uint64_t begin = transport_now_ns();
	int r;

	trips->message[0] = number;
	r = send_message(trips, how);
	if (r == 0)
		r = read_back(trips->sender->fd, number);
	*ns = transport_now_ns() - begin;
	return r == 0 && how == TRANSPORT_ZEROCOPY ? transport_sender_settle(trips->sender) : r;
}

/* One message by each way that there is. */
static int take_turn(struct trips *trips, uint64_t turn, struct transport_trips *out)
{
	for (unsigned how = 0; how < TRANSPORT_HOWS; how++) {
		uint64_t ns;
		int r;

		if (out[how].code)
			continue;
		r = round_trip(trips, (enum transport_how)how, turn * TRANSPORT_HOWS + how + 1,
			       &ns);
		if (r == 0 && turn >= WARM_UP_TURNS)
			out[how].ns[out[how].count++] = ns;
		if (r < 0 && !turn && how != TRANSPORT_WRITE && transports_is_inapplicable(-r))
			out[how].code = -r;
		else if (r < 0 && !(r == -ETIMEDOUT && trips->kind == TRANSPORT_UDP_IPV4 &&
				    trips->lost++ < LOST_MOST))
			return r;
	}
	return 0;
}

int transport_trips_measure(const struct transport_peer *peer, enum transport_kind kind,
			    struct transport_sender *sender, uint64_t *message, uint64_t most,
			    struct transport_trips *out)
{
	uint64_t end = transport_now_ns() + (uint64_t)MOST_MS * NS_PER_MS;
	struct trips trips = {.kind = kind, .sender = sender, .message = message};
	int r = transport_peer_order(peer, kind, TRANSPORT_ECHO), finished;
	struct transport_answer answer;

	for (unsigned how = 0; how < TRANSPORT_HOWS; how++) {
		out[how].code = -transport_sender_prepare(sender, (enum transport_how)how);
		out[how].ns = mem_alloc_array(most, sizeof(*out[how].ns));
	}
	for (uint64_t turn = 0; r == 0 && turn < WARM_UP_TURNS + most; turn++) {
		r = take_turn(&trips, turn, out);
		if (turn >= WARM_UP_TURNS && transport_now_ns() > end)
			break;
	}
	for (unsigned how = 0; how < TRANSPORT_HOWS; how++)
		qsort(out[how].ns, out[how].count, sizeof(*out[how].ns), compare);
	finished = transport_peer_finish(peer, kind, TRANSPORT_ECHO, sender->fd, &answer);
	return r < 0 ? r : finished;
}
