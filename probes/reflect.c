/* probes/reflect.c - the far end of `fettle probe bdp`: waits where it is told, talks to nobody who
 * does not know the token, and serves one probe at a time.
 *
 * A connection gets fifty bytes of greeting and ten seconds to show that it knows the token; until
 * then it costs a slot of a few, and nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "probes/exchange.h"
#include "probes/net.h"
#include "probes/probe.h"
#include "probes/protocol.h"
#include "probes/tcp_most.h"

enum {
	MOST_PEERS = 16,
	IDLE_US = 30000000, /* of a probe between its ways */
	BACKLOG = 16,
	DEFAULT_TIME_MS = 30000,
	CHOICES_SIZE = 256,
	LONGEST_TIME_MS = 600000,
};
#define DEFAULT_BYTES (UINT64_C(4) << 30)

enum stage {
	FREE,
	GREETED, /* has been sent our nonce */
	KNOWN,   /* knows the token, and is to say what it is for */
	CONTROL,
	RECEIVING,
	SENDING,
};

struct peer {
	enum stage stage;
	struct lines lines;
	uint64_t deadline_us;
	char nonce[AUTH_NONCE_DIGITS + 1], name[NET_TEXT_SIZE];
	union {
		struct flow_sender sender;
		struct flow_receiver receiver;
	} flow;
};

struct reflect {
	struct auth_token token;
	struct flow_limits limits;
	struct tcp_most most;
	bool once, served, stop;
	int signals, listeners[NET_MOST_ADDRESSES];
	struct net_address addresses[NET_MOST_ADDRESSES];
	size_t n_listeners;
	struct peer peers[MOST_PEERS];
	struct peer *control; /* of the probe that is served; NULL: none */
	char id[PROTOCOL_ID_DIGITS + 1];
	char choices[CHOICES_SIZE]; /* the congestion controls that a probe may ask for */
};

static void event(const struct peer *peer, const char *what, const char *text)
{
	probe_progress(
		json_pack("{s:s, s:s, s:s}", "event", what, "peer", peer->name, "text", text));
}

static void drop(struct reflect *reflect, struct peer *peer)
{
	if (peer->stage == SENDING)
		flow_sender_fini(&peer->flow.sender);
	if (peer->stage == RECEIVING)
		flow_receiver_fini(&peer->flow.receiver);
	if (peer == reflect->control) {
		reflect->control = NULL;
		reflect->stop = reflect->once && reflect->served;
	}
	if (peer->stage != FREE)
		close(peer->lines.fd);
	*peer = (struct peer){.stage = FREE};
}

/* The connection of data that is under way, or NULL. */
static struct peer *find_flow(struct reflect *reflect)
{
	for (size_t i = 0; i < MOST_PEERS; i++) {
		if (reflect->peers[i].stage >= RECEIVING)
			return &reflect->peers[i];
	}
	return NULL;
}

static void greet(struct reflect *reflect, int listener)
{
	struct net_address from = {.len = sizeof(from.at)};
	int fd = accept4(listener, (struct sockaddr *)&from.at, &from.len,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct peer *peer = NULL;
	struct err err;

	if (fd < 0)
		return;
	for (size_t i = 0; i < MOST_PEERS && !peer; i++) {
		if (reflect->peers[i].stage == FREE)
			peer = &reflect->peers[i];
	}
	if (!peer) {
		close(fd);
		return;
	}
	*peer = (struct peer){.stage = GREETED,
			      .lines = {.fd = fd},
			      .deadline_us = net_now_us() + PROTOCOL_PATIENCE_US};
	net_print(&from, peer->name);
	if (exchange_open(fd, peer->nonce, &err) < 0)
		drop(reflect, peer);
}

static int grant(struct reflect *reflect, struct peer *peer, struct err *err)
{
	char limits[128];

	if (reflect->control) {
		err_set(err, EBUSY, "another probe is being served");
		return lines_send(peer->lines.fd, err, "no busy with another probe") < 0 ? -EIO
											 : -EBUSY;
	}
	auth_nonce(reflect->id, PROTOCOL_ID_DIGITS);
	protocol_print_limits(&reflect->limits, limits, sizeof(limits));
	reflect->control = peer;
	peer->stage = CONTROL;
	peer->deadline_us = net_now_us() + IDLE_US;
	event(peer, "begin", "a probe begins");
	return lines_send(peer->lines.fd, err, "granted id=%s %s", reflect->id, limits);
}

/* The congestion control to send with, when the probe names one. */
static int choose_congestion(struct reflect *reflect, struct peer *peer, const char *line,
			     struct err *err)
{
	_cleanup_free_ char *remedy = NULL;
	char name[FLOW_NAME_SIZE];
	struct err ignored;
	int r;

	if (!lines_text(line, "congestion", name, sizeof(name)))
		return 0;
	r = net_set_congestion(peer->lines.fd, name, err);
	if (r == -EPERM)
		remedy = mem_printf("; there, list it in net.ipv4.tcp_allowed_congestion_control, "
				    "or start fettle reflect --congestion %s as root",
				    name);
	if (r < 0 && lines_send(peer->lines.fd, &ignored, "no %s; it may choose %s%s", err->text,
				reflect->choices, remedy ? remedy : "") < 0)
		return -EIO;
	return r;
}

static int begin_flow(struct reflect *reflect, struct peer *peer, const char *line, struct err *err)
{
	char id[PROTOCOL_ID_DIGITS + 1] = "", way[8] = "";
	struct flow_limits limits = reflect->limits;
	int r;

	if (!lines_text(line, "id", id, sizeof(id)) || !lines_text(line, "way", way, sizeof(way)) ||
	    !reflect->control || strlen(id) != PROTOCOL_ID_DIGITS ||
	    !auth_same(id, reflect->id, PROTOCOL_ID_DIGITS))
		return err_set(err, EPROTO, "data of no probe that is served");
	if (find_flow(reflect))
		return err_set(err, EBUSY, "data both ways at once");
	protocol_bound(line, &limits);
	r = choose_congestion(reflect, peer, line, err);
	if (r == 0)
		r = lines_send(peer->lines.fd, err, "go");
	if (r < 0)
		return r;
	if (strcmp(way, "down") == 0) {
		flow_sender_init(&peer->flow.sender, peer->lines.fd, &limits);
		peer->stage = SENDING;
	} else {
		flow_receiver_init(&peer->flow.receiver, peer->lines.fd, &limits);
		peer->stage = RECEIVING;
	}
	reflect->control->deadline_us = net_now_us() + limits.time_us + 2 * (uint64_t)IDLE_US;
	return 0;
}

static int obey(struct reflect *reflect, struct peer *peer, const char *line, struct err *err)
{
	if (peer->stage == GREETED) {
		int r = exchange_accept(peer->lines.fd, line, peer->nonce, &reflect->token, err);

		peer->stage = KNOWN;
		return r;
	}
	if (peer->stage == KNOWN && lines_begins(line, "control"))
		return grant(reflect, peer, err);
	if (peer->stage == KNOWN && lines_begins(line, "data"))
		return begin_flow(reflect, peer, line, err);
	return err_set(err, EPROTO, "it says what nobody asked for");
}

/* What a peer that is not in the middle of data says. */
static void listen_to(struct reflect *reflect, struct peer *peer)
{
	char line[LINES_MOST + 1];
	struct err err = {0};
	int r = lines_poll(&peer->lines, line, &err);

	if (r == 1)
		r = obey(reflect, peer, line, &err);
	else if (r == -ECONNRESET && peer == reflect->control)
		event(peer, "end", "the probe is over");
	else if (r < 0 && peer->stage != CONTROL)
		event(peer, "refused", err.text);
	if (r < 0 && r != -ECONNRESET && peer->stage == KNOWN)
		event(peer, "refused", err.text);
	if (r < 0)
		drop(reflect, peer);
}

static void tell(struct reflect *reflect, const char *line)
{
	struct err err;

	reflect->served = true;
	if (!reflect->control)
		return;
	reflect->control->deadline_us = net_now_us() + IDLE_US;
	if (lines_send(reflect->control->lines.fd, &err, "%s", line) < 0)
		drop(reflect, reflect->control);
}

static void step(struct reflect *reflect, struct peer *peer, short revents)
{
	char line[LINES_MOST + 1];
	struct err err = {0};
	int r = peer->stage == SENDING ? flow_sender_step(&peer->flow.sender, revents, &err)
				       : flow_receiver_step(&peer->flow.receiver, &err);

	if (r == 0)
		return;
	if (r < 0)
		snprintf(line, sizeof(line), "failed %.200s", err.text);
	else if (peer->stage == SENDING)
		protocol_print_sent(&peer->flow.sender.sent, reflect->most.wmem_bytes, line);
	else
		protocol_print_received(&peer->flow.receiver.received, reflect->most.rmem_bytes,
					line);
	event(peer, peer->stage == SENDING ? "sent" : "received", r < 0 ? err.text : "whole");
	drop(reflect, peer);
	tell(reflect, line);
}

static void end_overdue(struct reflect *reflect, uint64_t now)
{
	for (size_t i = 0; i < MOST_PEERS; i++) {
		struct peer *peer = &reflect->peers[i];

		if (peer->stage != FREE && peer->stage < RECEIVING && now > peer->deadline_us) {
			event(peer, "late", "it said nothing for too long");
			drop(reflect, peer);
		}
	}
	/* data without the probe it belongs to */
	if (!reflect->control && find_flow(reflect))
		drop(reflect, find_flow(reflect));
}

struct polled {
	struct pollfd fds[1 + NET_MOST_ADDRESSES + MOST_PEERS];
	struct peer *peers[1 + NET_MOST_ADDRESSES + MOST_PEERS];
	nfds_t count;
	uint64_t until_us;
};

static short events_of(const struct peer *peer)
{
	return peer->stage == SENDING     ? flow_sender_events(&peer->flow.sender)
	       : peer->stage == RECEIVING ? flow_receiver_events(&peer->flow.receiver)
					  : POLLIN;
}

static uint64_t next_us(const struct peer *peer)
{
	return peer->stage == SENDING     ? flow_sender_next_us(&peer->flow.sender)
	       : peer->stage == RECEIVING ? flow_receiver_next_us(&peer->flow.receiver)
					  : peer->deadline_us + 1;
}

static void gather(struct reflect *reflect, struct polled *polled)
{
	*polled = (struct polled){.until_us = net_now_us() + IDLE_US};
	polled->fds[polled->count++] = (struct pollfd){.fd = reflect->signals, .events = POLLIN};
	for (size_t i = 0; i < reflect->n_listeners; i++)
		polled->fds[polled->count++] =
			(struct pollfd){.fd = reflect->listeners[i], .events = POLLIN};
	for (size_t i = 0; i < MOST_PEERS; i++) {
		struct peer *peer = &reflect->peers[i];

		if (peer->stage == FREE)
			continue;
		if (next_us(peer) < polled->until_us)
			polled->until_us = next_us(peer);
		polled->peers[polled->count] = peer;
		polled->fds[polled->count++] =
			(struct pollfd){.fd = peer->lines.fd, .events = events_of(peer)};
	}
}

static void serve(struct reflect *reflect)
{
	struct polled polled;
	struct timespec wait;
	uint64_t now, left;

	gather(reflect, &polled);
	now = net_now_us();
	left = polled.until_us > now ? polled.until_us - now : 0;
	wait = (struct timespec){(time_t)(left / 1000000), (long)(left % 1000000 * 1000)};
	if (ppoll(polled.fds, polled.count, &wait, NULL) < 0)
		return;
	reflect->stop = reflect->stop || polled.fds[0].revents;
	for (nfds_t i = 1; i < polled.count; i++) {
		struct peer *peer = polled.peers[i];

		if (!peer && polled.fds[i].revents)
			greet(reflect, polled.fds[i].fd);
		else if (!peer || peer->stage == FREE || peer->lines.fd != polled.fds[i].fd)
			continue;
		else if (peer->stage >= RECEIVING)
			step(reflect, peer, polled.fds[i].revents);
		else if (polled.fds[i].revents)
			listen_to(reflect, peer);
	}
	end_overdue(reflect, net_now_us());
}

static int run(void *context, json_t *result, struct err *err)
{
	struct reflect *reflect = context;
	char text[NET_TEXT_SIZE];

	(void)err;
	for (size_t i = 0; i < reflect->n_listeners; i++)
		probe_progress(json_pack("{s:s, s:s, s:s}", "event", "listening", "peer",
					 net_print(&reflect->addresses[i], text), "text",
					 "waits for probes"));
	while (!reflect->stop)
		serve(reflect);
	json_object_set_new(result, "ended", json_true());
	return 0;
}

static int open_listener(struct reflect *reflect, const struct net_address *at,
			 const char *congestion, struct err *err)
{
	_cleanup_fd_ int fd = net_socket(at->at.ss_family, congestion, err);
	char text[NET_TEXT_SIZE];
	int on = 1;

	if (fd < 0)
		return fd;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    (at->at.ss_family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0) ||
	    bind(fd, (const struct sockaddr *)&at->at, at->len) < 0 || listen(fd, BACKLOG) < 0)
		return err_set(err, errno, "cannot listen on %s: %s", net_print(at, text),
			       strerror(errno));
	reflect->addresses[reflect->n_listeners] = *at;
	reflect->listeners[reflect->n_listeners++] = TAKE_FD(fd);
	return 0;
}

/* Signals come as events: nothing runs in a handler. */
static int open_signals(struct reflect *reflect, struct err *err)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	reflect->signals = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
	return reflect->signals < 0 ? err_set(err, errno, "signalfd: %s", strerror(errno)) : 0;
}

static int read_limits(struct words *words, struct flow_limits *limits, struct err *err)
{
	uint64_t time_ms = DEFAULT_TIME_MS;
	int r = words_number(words, "time_ms", 100, LONGEST_TIME_MS, &time_ms, err);

	limits->bytes = DEFAULT_BYTES;
	if (r == 0)
		r = words_number(words, "bytes", 1, UINT64_C(1) << 50, &limits->bytes, err);
	if (r == 0)
		r = words_number(words, "rate_Bps", 1000, UINT64_C(1) << 44, &limits->own_Bps, err);
	limits->time_us = time_ms * 1000;
	return r;
}

/* Without rights, those alone: tcp(7). */
static void read_choices(char choices[CHOICES_SIZE])
{
	_cleanup_free_ char *text = NULL;
	struct err ignored;
	size_t len;

	snprintf(choices, CHOICES_SIZE, "nothing that is known");
	if (file_read(AT_FDCWD, "/proc/sys/net/ipv4/tcp_allowed_congestion_control",
		      CHOICES_SIZE - 1, &text, &len, &ignored) == 0)
		snprintf(choices, CHOICES_SIZE, "%.*s", (int)strcspn(text, "\n"), text);
}

static int prepare(struct words *words, void **context, struct err *err)
{
	struct reflect *reflect = *context = mem_alloc(sizeof(*reflect));
	const char *where = words_text(words, "listen", NULL);
	const char *congestion = words_text(words, "congestion", NULL);
	struct net_addresses at;
	int r;

	reflect->signals = -1;
	reflect->once = str_equal(words_text(words, "once", NULL), "1");
	if (!where)
		return err_set(err, EINVAL, "listen=ADDRESS:PORT says where");
	r = read_limits(words, &reflect->limits, err);
	if (r == 0)
		r = auth_read_token(&reflect->token, err);
	if (r == 0)
		r = net_resolve(where, PROTOCOL_PORT, AF_UNSPEC, true, &at, err);
	tcp_most_read(&reflect->most);
	read_choices(reflect->choices);
	for (size_t i = 0; r == 0 && i < at.count; i++)
		r = open_listener(reflect, &at.list[i], congestion, err);
	return r < 0 ? r : open_signals(reflect, err);
}

static void release(void *context)
{
	struct reflect *reflect = context;

	if (!reflect)
		return;
	for (size_t i = 0; i < MOST_PEERS; i++)
		drop(reflect, &reflect->peers[i]);
	for (size_t i = 0; i < reflect->n_listeners; i++)
		close(reflect->listeners[i]);
	if (reflect->signals >= 0)
		close(reflect->signals);
	explicit_bzero(&reflect->token, sizeof(reflect->token));
	free(reflect);
}

const struct probe probe_reflect = {"reflect", prepare, run, release, NULL};
